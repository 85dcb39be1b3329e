/** The one tracing of this process, or none. */
import { addLogFields } from '@wscm/runtime';
import { type TracingSettings, tracingShape, wantsTraces } from './settings';
import type { Tracing } from './spans';

export interface TracingLog {
  info(line: object): void;
  warn(line: object): void;
}

/** What is left is sent within this time, at most. */
const STOP_MS = 2_000;

let current: Tracing | null = null;

/** Null where traces are off: ask before doing anything for them. */
export const tracing = (): Tracing | null => current;

/**
 * Does nothing, and loads nothing, where no endpoint is set. From now on log lines name the span in which they are written.
 * `service`: its name, unless `OTEL_SERVICE_NAME` gives one.
 */
export function startTracing(service: string, settings: TracingSettings, log: TracingLog): void {
  if (current || !wantsTraces(settings)) return;
  intoEnvironment(settings);
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- an import would load the SDK where it is not wanted
  const { SdkTracing } = require('./sdk-tracing') as typeof import('./sdk-tracing');
  current = new SdkTracing(service, log);
  addLogFields(() => current?.ids() ?? {});
}

/** Sends what is left. Resolves in time, whether it got through or not. */
export async function stopTracing(timeoutMs = STOP_MS): Promise<void> {
  const ending = current;
  current = null;
  await ending?.stop(Math.min(timeoutMs, STOP_MS));
}

/** There the SDK looks for them; they may have come from files. */
function intoEnvironment(settings: TracingSettings): void {
  for (const name of Object.keys(tracingShape) as (keyof TracingSettings)[]) {
    const value = settings[name];
    if (value !== undefined) process.env[name] = value;
  }
}
