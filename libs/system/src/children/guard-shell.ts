/** The shell that outlives a process and ends the children that it left behind. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Writable } from 'node:stream';

/**
 * Each line read is the list of children that live now, the one to end first in front. Standard input ends with the
 * process that holds its other end, however that process dies; what is still on the list then is ended one by one.
 */
const SCRIPT = `
pids=
while read -r line; do pids=$line; done
for pid in $pids; do
  kill -TERM "$pid" 2>/dev/null || continue
  tries=0
  while kill -0 "$pid" 2>/dev/null && [ $tries -lt 100 ]; do sleep 0.1; tries=$((tries + 1)); done
  kill -KILL "$pid" 2>/dev/null
done`;

/** Takes lists of process ids on its standard input; neither it nor its input keeps this process alive. */
export type GuardShell = ChildProcessByStdio<Writable, null, null>;

/** Starts the shell in a process group of its own, so that a Ctrl-C in the terminal does not reach it. */
export function startGuardShell(): GuardShell {
  const shell = spawn('sh', ['-c', SCRIPT], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  shell.on('error', () => undefined); // no sh: the children are only ended by an ordinary end
  shell.stdin.on('error', () => undefined); // someone killed the shell: as above
  shell.unref();
  (shell.stdin as unknown as { unref(): void }).unref();
  return shell;
}
