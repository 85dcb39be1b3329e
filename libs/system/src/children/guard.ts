/** Ends the child processes of a process that was itself killed and could not end them. */
import { spawn, type ChildProcess } from 'node:child_process';

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

/** A shell that outlives this process and ends its children, the last started first. It lives while children live. */
class Guard {
  readonly #pids: number[] = [];
  #shell: ChildProcess | undefined;

  watch(pid: number): void {
    this.#pids.unshift(pid);
    this.#shell ??= startShell();
    this.#tell();
  }

  forget(pid: number): void {
    this.#pids.splice(this.#pids.indexOf(pid), 1);
    this.#tell();
    if (this.#pids.length > 0) return;
    this.#shell?.stdin?.end();
    this.#shell = undefined;
  }

  killAll(): void {
    for (const pid of this.#pids) killIfThere(pid);
  }

  #tell(): void {
    this.#shell?.stdin?.write(`${this.#pids.join(' ')}\n`);
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it has just ended by itself
  }
}

function startShell(): ChildProcess {
  const shell = spawn('sh', ['-c', SCRIPT], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  shell.on('error', () => undefined); // no sh: the children are only ended by an ordinary end
  shell.stdin.on('error', () => undefined); // someone killed the shell: as above
  shell.unref();
  (shell.stdin as unknown as { unref(): void }).unref();
  return shell;
}

/** The one guard of this process. */
export const guard = new Guard();
