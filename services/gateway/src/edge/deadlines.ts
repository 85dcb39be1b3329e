/**
 * What is due at some second, for many: one timer for all, which only runs while something waits. A second is over when
 * the machine's clock says so, however far away it is (a timer of Node's can't be set further than 24.8 days).
 */
export class Deadlines<T> {
  private readonly bySecond = new Map<number, Set<T>>();
  private timer: NodeJS.Timeout | undefined;

  /** `onDue` is called once for each, in the second in which it is due; what is past is due in the next one. */
  constructor(private readonly onDue: (item: T) => void) {}

  /** The number of those that wait. */
  get size(): number {
    let size = 0;
    for (const items of this.bySecond.values()) size += items.size;
    return size;
  }

  /** `second`: whole seconds since 1970. */
  add(item: T, second: number): void {
    const items = this.bySecond.get(second);
    if (items) items.add(item);
    else this.bySecond.set(second, new Set([item]));
    this.timer ??= this.tickSoon();
  }

  delete(item: T, second: number): void {
    const items = this.bySecond.get(second);
    if (!items?.delete(item) || items.size > 0) return;
    this.bySecond.delete(second);
    if (this.bySecond.size === 0) this.stop();
  }

  /** Nothing is due any more until something is added. */
  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private tickSoon(): NodeJS.Timeout {
    return setTimeout(() => this.tick(), 1_000 - (Date.now() % 1_000)).unref();
  }

  private tick(): void {
    this.timer = undefined;
    const now = Date.now() / 1_000;
    for (const [second, items] of this.bySecond) {
      if (second > now) continue;
      this.bySecond.delete(second);
      for (const item of items) this.onDue(item);
    }
    if (this.bySecond.size > 0) this.timer ??= this.tickSoon();
  }
}

/** The second that has begun when this time (milliseconds since 1970) has come. */
export const secondOf = (time: number): number => Math.ceil(time / 1_000);
