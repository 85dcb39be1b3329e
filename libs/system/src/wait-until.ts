/** Waiting by condition: ask again and again until the answer is there, the deadline has passed, or the caller gives up. */
import { setTimeout as pause } from 'node:timers/promises';

/** How long to wait, and how to give up sooner. */
export interface Patience {
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
}

const BETWEEN_TRIES_MS = 50;

/**
 * Asks `check` until it answers with something else than `undefined`.
 *
 * @returns the answer, or `undefined` when the deadline passed without one
 * @throws what `check` throws, and the signal's reason once it is aborted
 */
export async function waitUntil<T>(check: () => Promise<T | undefined>, patience: Patience): Promise<T | undefined> {
  const end = performance.now() + patience.deadlineMs;
  while (performance.now() < end) {
    patience.signal?.throwIfAborted();
    const answer = await check();
    if (answer !== undefined) return answer;
    await pause(BETWEEN_TRIES_MS);
  }
  return undefined;
}
