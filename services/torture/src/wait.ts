/** Waiting with a deadline. */
import { setTimeout } from 'node:timers/promises';

const PERIOD_MS = 100;

/** Waits until the condition holds; a condition that throws does not hold yet. Rejects after the deadline. */
export async function untilTrue(
  condition: () => boolean | Promise<boolean>,
  deadlineMs: number,
  what: string,
): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  let last: unknown;
  for (;;) {
    try {
      if (await condition()) return;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (performance.now() > deadline)
      throw new Error(`not within ${deadlineMs / 1000} s: ${what}${last instanceof Error ? ` (${last.message})` : ''}`);
    await setTimeout(PERIOD_MS);
  }
}
