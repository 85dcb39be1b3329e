/** Waiting by condition, never by sleep. */
import { setTimeout } from 'node:timers/promises';

const PERIOD_MS = 20;

/** Resolves with what `check` gives, as soon as it no longer throws; after the deadline rejects with its last error. */
export async function eventually<T>(check: () => T | Promise<T>, deadlineMs = 10_000): Promise<T> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
    await setTimeout(PERIOD_MS);
  }
}
