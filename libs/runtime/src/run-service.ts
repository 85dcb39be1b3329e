/** The life of a service process: start, run until a signal, end in order. */
import { type Environment, SettingsError } from './settings';

/** A started service. Both are idempotent and never reject after the service has ended. */
export interface RunningService {
  /** Ends in order: takes nothing new, finishes what it has, resolves when all is done. */
  stop(): Promise<void>;
  /** Settles when the service can't go on by itself; never, as long as all is well. */
  failed: Promise<Error>;
}

/**
 * Runs a service until SIGTERM or SIGINT and then exits: 0 after an orderly end, 1 otherwise. A second signal exits at
 * once. Bad settings are told on standard error, all in one message, before anything starts.
 */
export async function runService(start: (env: Environment) => Promise<RunningService>): Promise<void> {
  const signalled = nextSignal();
  try {
    const service = await start(process.env);
    const failure = await Promise.race([signalled, service.failed]);
    void nextSignal().then(() => process.exit(1));
    await service.stop();
    if (failure) fail(failure);
    process.exit(0);
  } catch (error) {
    fail(error);
  }
}

const nextSignal = (): Promise<undefined> =>
  new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve(undefined));
  });

function fail(error: unknown): never {
  const text = error instanceof SettingsError ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`${text ?? 'failed'}\n`);
  process.exit(1);
}
