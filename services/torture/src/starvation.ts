/** Notices when the machine is too busy for anything to be in time: what then is lost for want of a heartbeat is no fault. */

const PERIOD_MS = 100;

export class Starvation {
  private last = performance.now();
  private readonly timer: NodeJS.Timeout;

  /** `onStarved`: from when to when nothing ran here, though it should have. `leastMs`: told from so long on. */
  constructor(leastMs: number, onStarved: (from: number, to: number) => void) {
    this.timer = setInterval(() => {
      const now = performance.now();
      if (now - this.last > leastMs) onStarved(this.last, now);
      this.last = now;
    }, PERIOD_MS);
  }

  stop(): void {
    clearInterval(this.timer);
  }
}
