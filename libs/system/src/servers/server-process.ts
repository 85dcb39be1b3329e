/** What nats-server and mongod have in common: a log file, a wait until they answer, and a clear word when they don't. */
import { open, readFile } from 'node:fs/promises';
import { startChild, type Child } from '../children/child';
import { describeExit } from '../children/exit';
import type { ServerName } from '../programs/program';
import { StartFailed } from '../start-failed';
import { waitUntil } from '../wait-until';
import { freePort } from './free-port';

/** Named as their programs. */
export type ServerKind = ServerName;

/** A running server that this process started. */
export interface Server extends Child {
  readonly name: ServerKind;
  readonly kind: ServerKind;
  readonly url: string;
  readonly port: number;
  readonly logFile: string;
}

/** What to start, and how to know that it is ready. */
export interface ServerSpec {
  readonly kind: ServerKind;
  readonly program: string;
  readonly args: readonly string[];
  readonly logFile: string;
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Answers `true` when the server is ready; the pid tells it from a stranger on the same port. */
  ready(pid: number): Promise<boolean>;
  /** The lines of the log that tell a person what went wrong. */
  faults(log: string): string[];
}

/** The server ended, or did not answer in time; the message holds what its log says about it. */
export class ServerNotStarted extends StartFailed {
  override readonly name = 'ServerNotStarted';

  constructor(
    server: ServerKind,
    why: string,
    readonly faults: readonly string[],
    logFile: string,
  ) {
    super([`${server} did not start: ${why}.`, ...faults.map((line) => `  ${line}`), `Its log: ${logFile}`].join('\n'));
  }

  /** Somebody else was quicker and has the port. */
  get portTaken(): boolean {
    return this.faults.some((line) => /address already in use/i.test(line));
  }
}

/** Starts the server and waits until it is ready; a server that isn't in time is ended. */
export async function startServerProcess(spec: ServerSpec): Promise<Child> {
  const log = await open(spec.logFile, 'a');
  await log.truncate();
  const child = await startChild(spec.program, spec.args, { output: log.fd }).finally(() => log.close());
  try {
    if (await waitUntil(() => readyOrEnded(spec, child), spec)) return child;
    throw await notStarted(spec, `no answer within ${spec.deadlineMs / 1000} s`);
  } catch (error) {
    await child.stop();
    throw error;
  }
}

async function readyOrEnded(spec: ServerSpec, child: Child): Promise<true | undefined> {
  const exit = child.exit();
  if (exit) throw await notStarted(spec, describeExit(exit));
  return (await spec.ready(child.pid)) || undefined;
}

async function notStarted(spec: ServerSpec, why: string): Promise<ServerNotStarted> {
  const log = await readFile(spec.logFile, 'utf8');
  return new ServerNotStarted(spec.kind, why, spec.faults(log), spec.logFile);
}

const TRIES = 5;

/** Starts on the given port, or on a free one (0 or none given), and then again when somebody else took that. */
export async function onPort<T>(port: number | undefined, start: (port: number) => Promise<T>): Promise<T> {
  if (port) return start(port);
  for (let tries = 1; ; tries += 1) {
    try {
      return await start(await freePort());
    } catch (error) {
      if (!(error instanceof ServerNotStarted && error.portTaken) || tries === TRIES) throw error;
    }
  }
}
