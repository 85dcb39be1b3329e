/** Runs a program to its end and keeps what it said: for everything that is over within seconds or minutes. */
import { execFile, type ExecFileException } from 'node:child_process';

/** The program ended well with this output, or could not do its work for this reason (one line for people). */
export type Outcome = { readonly ok: true; readonly stdout: string } | { readonly ok: false; readonly reason: string };

/** Bounds and surroundings of a short run. */
export interface BriefRun {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly env?: NodeJS.ProcessEnv | undefined;
}

/** Runs `program` with `args`. Rejects only when `signal` is aborted; everything else is an outcome. */
export async function runBriefly(program: string, args: readonly string[], run: BriefRun): Promise<Outcome> {
  const { signal, env, timeoutMs: timeout } = run;
  return new Promise((resolve, reject) => {
    execFile(program, args, { signal, env, timeout, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
      if (signal?.aborted) reject(signal.reason as Error);
      else if (error) resolve({ ok: false, reason: reasonOf(error, stderr) });
      else resolve({ ok: true, stdout });
    });
  });
}

function reasonOf(error: ExecFileException, stderr: string): string {
  const lastWords = stderr.trim().split('\n').at(-1);
  if (error.code === 'ENOENT') return 'not installed';
  if (error.killed) return 'took too long';
  if (lastWords) return lastWords;
  return error.signal ? `ended by ${error.signal}` : `exit code ${String(error.code)}`;
}
