/** The orderly end of sockets: closed at a bounded pace, so that their clients do not all come back at once. */
import { setTimeout } from 'node:timers/promises';
import { closeCodes } from '@wscm/contracts';
import type { Hub } from './hub';

const TICK_MS = 50;

/** Closes every socket with 1001, `ratePerSecond` at most, faster where the time would not do. */
export async function drainSockets(hub: Hub, options: { ratePerSecond: number; timeoutMs: number }): Promise<void> {
  const sessions = [...hub.sessions()];
  const started = performance.now();
  const deadline = started + options.timeoutMs;
  const perMs = Math.max(options.ratePerSecond / 1000, sessions.length / (options.timeoutMs / 2));
  for (let closed = 0; closed < sessions.length;) {
    const due = Math.ceil((performance.now() - started + TICK_MS) * perMs);
    for (const session of sessions.slice(closed, due)) hub.close(session, closeCodes.drain);
    closed = due;
    if (closed < sessions.length) await setTimeout(TICK_MS);
  }
  while (hub.size > 0 && performance.now() < deadline) await setTimeout(TICK_MS);
}
