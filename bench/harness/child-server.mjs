/** Starts a contender's process and ends it. */
/* global setTimeout, clearTimeout */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const START_MS = 30_000;
const END_MS = 10_000;

/** Those that run: they must not outlive this process, however it ends. */
const running = new Set();
process.on('exit', () => running.forEach(killAll));

/** With those that it has started itself. */
function killAll({ pid }) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // They have ended.
  }
}

/**
 * Resolves when the process has said `{"ready":true}`.
 *
 * @returns {Promise<{ pid: number, stop(): Promise<void> }>}
 */
export async function startChildServer(program, args, env) {
  const child = spawn(program, args, {
    detached: true,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  const lines = createInterface({ input: child.stdout });
  const timer = setTimeout(() => killAll(child), START_MS);
  const first = await Promise.race([once(lines, 'line'), once(child, 'exit')]);
  clearTimeout(timer);
  if (typeof first[0] !== 'string') throw new Error(`${program} ${args.join(' ')} did not start`);
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const kill = setTimeout(() => killAll(child), END_MS);
    child.kill('SIGTERM');
    await once(child, 'exit');
    clearTimeout(kill);
  };
  return { pid: child.pid, stop };
}
