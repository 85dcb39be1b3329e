/** One child process that Ctrl-C in the terminal does not reach, so that its owner can end it when its turn comes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import type { Exit } from './exit';
import { guard } from './guard';

/** After this long a child that was asked to end is killed. */
export const STOP_DEADLINE_MS = 30_000;

/** A running child process; all its methods may be called at any time and as often as you like. */
export interface Child {
  readonly pid: number;
  /** Resolves, never rejects, when the process has ended and all its output was read. */
  readonly exited: Promise<Exit>;
  /** How the process ended; `undefined` while it runs. */
  exit(): Exit | undefined;
  /** Asks the process to end (SIGTERM if no other signal is given), and kills it when it has not after the deadline. */
  stop(signal?: NodeJS.Signals, deadlineMs?: number): Promise<Exit>;
  /** Ends the process without warning, as a crash would. */
  kill(): Promise<Exit>;
}

/** What a child gets besides its arguments. */
export interface ChildSettings {
  readonly env?: NodeJS.ProcessEnv;
  /** A file descriptor that takes the output, or a function that is handed the two streams. */
  readonly output: number | ((stdout: Readable, stderr: Readable) => unknown);
}

/**
 * Starts a program.
 *
 * @throws when the program could not be run at all, e.g. because it does not exist
 */
export async function startChild(program: string, args: readonly string[], settings: ChildSettings): Promise<Child> {
  const output = typeof settings.output === 'number' ? settings.output : 'pipe';
  const child = spawn(program, args, { detached: true, env: settings.env, stdio: ['ignore', output, output] });
  const exited = new Promise<Exit>((resolve) => child.once('close', (code, signal) => resolve({ code, signal })));
  if (typeof settings.output !== 'number' && child.stdout && child.stderr) settings.output(child.stdout, child.stderr);
  await once(child, 'spawn');
  return supervise(child.pid ?? 0, exited, (signal) => child.kill(signal));
}

function supervise(pid: number, exited: Promise<Exit>, send: (signal: NodeJS.Signals) => void): Child {
  let exit: Exit | undefined;
  guard.watch(pid);
  void exited.then((how) => {
    exit = how;
    guard.forget(pid);
  });
  const end = (signal: NodeJS.Signals): Promise<Exit> => {
    if (!exit) send(signal);
    return exited;
  };
  const stop = async (signal: NodeJS.Signals = 'SIGTERM', deadlineMs = STOP_DEADLINE_MS): Promise<Exit> => {
    const timer = setTimeout(() => void end('SIGKILL'), deadlineMs);
    return end(signal).finally(() => clearTimeout(timer));
  };
  return { pid, exited, exit: () => exit, stop, kill: () => end('SIGKILL') };
}

/** Kills every child of this process that still runs. */
export function killAllChildren(): void {
  guard.killAll();
}
