/** The orderly end of sockets: closed at a bounded pace, so that their clients do not all come back at once. */
import { setTimeout } from 'node:timers/promises';
import { closeCodes } from '@wscm/contracts';
import type { Hub } from './hub';

const TICK_MS = 50;

export interface DrainOptions {
  /** Sockets closed a second. */
  ratePerSecond: number;
  timeoutMs: number;
  /** From then on there is no pace any more. */
  hurry: AbortSignal;
}

/** Closes every socket with 1001, `ratePerSecond` at most, faster where the time would not do. */
export async function drainSockets(hub: Hub, options: DrainOptions): Promise<void> {
  const { hurry } = options;
  const sessions = [...hub.sessions()];
  const started = performance.now();
  const deadline = started + options.timeoutMs;
  const perMs = Math.max(options.ratePerSecond / 1000, sessions.length / (options.timeoutMs / 2));
  for (let closed = 0; closed < sessions.length;) {
    const due = hurry.aborted ? sessions.length : Math.ceil((performance.now() - started + TICK_MS) * perMs);
    for (const session of sessions.slice(closed, due)) hub.close(session, closeCodes.drain);
    closed = due;
    if (closed < sessions.length) await setTimeout(TICK_MS);
  }
  while (hub.size > 0 && performance.now() < deadline && !hurry.aborted) await setTimeout(TICK_MS);
}
