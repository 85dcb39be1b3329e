/** The orderly end of sockets: closed at a bounded pace, so that their clients do not all come back at once. */
import { setTimeout } from 'node:timers/promises';
import { closeCodes } from '@wscm/contracts';
import type { Hub } from './hub';

const TICK_MS = 50;

/** Closes every socket with 1001, `ratePerSecond` at most, faster where the time would not do. */
export async function drainSockets(hub: Hub, options: { ratePerSecond: number; timeoutMs: number }): Promise<void> {
  const sessions = [...hub.sessions()];
  const deadline = performance.now() + options.timeoutMs;
  const ticks = Math.max(1, Math.floor(options.timeoutMs / 2 / TICK_MS));
  const perTick = Math.ceil(Math.max((options.ratePerSecond * TICK_MS) / 1000, sessions.length / ticks));
  while (sessions.length > 0) {
    for (const session of sessions.splice(0, perTick)) hub.close(session, closeCodes.drain);
    if (sessions.length > 0) await setTimeout(TICK_MS);
  }
  while (hub.size > 0 && performance.now() < deadline) await setTimeout(TICK_MS);
}
