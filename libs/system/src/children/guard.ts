/** Ends the child processes of a process that was itself killed and could not end them. */
import { type GuardShell, startGuardShell } from './guard-shell';

/** A shell that outlives this process and ends its children, the last started first. It lives while children live. */
class Guard {
  readonly #pids: number[] = [];
  #shell: GuardShell | undefined;

  watch(pid: number): void {
    this.#pids.unshift(pid);
    this.#shell ??= startGuardShell();
    this.#tell();
  }

  forget(pid: number): void {
    this.#pids.splice(this.#pids.indexOf(pid), 1);
    this.#tell();
    if (this.#pids.length > 0) return;
    this.#shell?.stdin.end();
    this.#shell = undefined;
  }

  killAll(): void {
    for (const pid of this.#pids) killIfThere(pid);
  }

  #tell(): void {
    this.#shell?.stdin.write(`${this.#pids.join(' ')}\n`);
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it has just ended by itself
  }
}

/** The one guard of this process. */
export const guard = new Guard();
