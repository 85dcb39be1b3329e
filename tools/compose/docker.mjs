// Runs docker commands.
/* global AbortSignal */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TOLD_LINES = 40;

/** A sentence, where Docker, its daemon or Compose is missing. */
export async function whatDockerLacks() {
  try {
    await docker(['version', '--format', '{{.Server.Version}}']);
  } catch (error) {
    return error.code === 'ENOENT' ? 'There is no docker on PATH.' : "Docker's daemon does not answer.";
  }
  try {
    await docker(['compose', 'version']);
  } catch {
    return 'Docker has no Compose plugin.';
  }
  return undefined;
}

/**
 * Resolves with the standard output; rejects with the end of all output where the command fails or takes too long.
 * An abort of `signal` ends the command; `detached` keeps the terminal's Ctrl-C away from it.
 */
export async function docker(args, { env = process.env, signal, timeoutMs = 60_000, detached = false } = {}) {
  const timeout = AbortSignal.timeout(timeoutMs);
  const abort = signal ? AbortSignal.any([signal, timeout]) : timeout;
  abort.throwIfAborted();
  const child = spawn('docker', args, { cwd: ROOT, env, detached, stdio: ['ignore', 'pipe', 'pipe'] });
  const end = () => child.kill('SIGTERM');
  abort.addEventListener('abort', end);
  const said = collect(child);
  try {
    const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
    signal?.throwIfAborted();
    if (code === 0) return said.stdout.trim();
  } finally {
    abort.removeEventListener('abort', end);
  }
  const why = timeout.aborted ? `took longer than ${timeoutMs / 1000} s` : 'failed';
  const tail = said.all.trim().split('\n').slice(-TOLD_LINES).join('\n');
  throw new Error(`docker ${args.slice(0, 8).join(' ')} … ${why}:\n${tail}`);
}

function collect(child) {
  const said = { stdout: '', all: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => {
    said.stdout += text;
    said.all += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => (said.all += text));
  return said;
}
