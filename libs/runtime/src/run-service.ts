/** The life of a service process: start, run until a signal, end in order. */
import type { Environment } from './settings';

/** A started service. All are idempotent and never reject after the service has ended. */
export interface RunningService {
  /** Ends in order: takes nothing new, finishes what it has, resolves when all is done. */
  stop(): Promise<void>;
  /** Makes a stop that is under way end within a few seconds, with as much in order as there is time for. */
  hurry(): void;
  /** Settles when the service can't go on by itself; never, as long as all is well. */
  failed: Promise<Error>;
}

/**
 * Runs a service until SIGTERM or SIGINT and then exits: 0 after an orderly end, 1 otherwise. A second signal makes it
 * hurry; a third one, or one during the start, exits at once. What went wrong is told on standard error in one message,
 * with `LOG_LEVEL=debug` with the stack.
 */
export async function runService(
  start: (env: Environment) => Promise<RunningService>,
  env: Environment,
): Promise<void> {
  const [signalled, again, onceMore] = nextSignals();
  try {
    const service = await Promise.race([start(env), signalled]);
    if (!service) process.exit(0);
    const failure = await Promise.race([signalled, service.failed]);
    void again.then(() => service.hurry());
    void onceMore.then(() => process.exit(1));
    await service.stop();
    if (failure) endWith(failure, env);
    process.exit(0);
  } catch (error) {
    endWith(error, env);
  }
}

/** The three signals to come. Without a gap between them, in which one would end the process at once. */
function nextSignals(): [Promise<undefined>, Promise<undefined>, Promise<undefined>] {
  const waiting: (() => void)[] = [];
  const next = () => new Promise<undefined>((resolve) => waiting.push(() => resolve(undefined)));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => waiting.shift()?.());
  return [next(), next(), next()];
}

/** Tells on standard error why the process ends, and ends it with 1. */
export function endWith(error: unknown, env: Environment): never {
  const debugging = env['LOG_LEVEL'] === 'debug' || env['LOG_LEVEL'] === 'trace';
  process.stderr.write(`${debugging && error instanceof Error ? error.stack : messageOf(error)}\n`);
  process.exit(1);
}

/** The message, followed by those of its causes. */
const messageOf = (error: unknown): string =>
  error instanceof Error ? [error.message, ...(error.cause ? [messageOf(error.cause)] : [])].join(': ') : String(error);
