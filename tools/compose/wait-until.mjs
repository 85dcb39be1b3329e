// Waits by condition.
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

const PAUSE_MS = 100;

/**
 * Asks until `look` answers something true, and resolves with that. After the deadline, rejects with what was waited
 * for and with the last failure. A `look` that throws is asked again.
 */
export async function waitUntil(what, look, { deadlineMs = 30_000, signal } = {}) {
  const end = performance.now() + deadlineMs;
  let last;
  do {
    try {
      const found = await look();
      if (found) return found;
      last = undefined;
    } catch (error) {
      last = error;
    }
    await sleep(PAUSE_MS, undefined, { signal });
  } while (performance.now() < end);
  throw new Error(`not within ${deadlineMs / 1000} s: ${what}${last ? ` (${last.message})` : ''}`);
}
