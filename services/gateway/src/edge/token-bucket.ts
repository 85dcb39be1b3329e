/** Lets through so much a second on average, and a burst at once: two numbers for each client. */
export class TokenBucket {
  /** Full at first. `at`: as `now` below. */
  constructor(
    private left: number,
    private at = performance.now(),
  ) {}

  /** Whether there was enough left; else nothing is taken. `now`: milliseconds of a clock that never goes back. */
  take(amount: number, perSecond: number, capacity: number, now: number): boolean {
    this.left = Math.min(capacity, this.left + ((now - this.at) / 1_000) * perSecond);
    this.at = now;
    if (this.left < amount) return false;
    this.left -= amount;
    return true;
  }
}
