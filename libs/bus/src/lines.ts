/**
 * What waits to be published, in lines: whatever is about the same (a client, or a gateway's broadcasts) stands behind each
 * other and is handed out in that order; the lines take turns, so that who has much to tell does not hold up the others.
 */

/** Something that stands in a line. */
export interface InLine<E> {
  readonly line: Line<E>;
  state: 'waiting' | 'under way' | 'done';
  /** Behind it in its line. */
  next: E | undefined;
}

/** Oldest first. */
export interface Line<E> {
  about: string;
  first: E | undefined;
  last: E | undefined;
  /** All before it are under way or done. */
  cursor: E | undefined;
  underWay: number;
  /** Stands among those that are ready. */
  isReady: boolean;
}

/** Lines that have had their turn are forgotten by so many at a time, so that it costs little. */
const FORGOTTEN_AT_ONCE = 2_000;

export class Lines<E extends InLine<E>> {
  private readonly lines = new Map<string, Line<E>>();
  /** Lines with something to hand out, from `readyAt` on. */
  private readonly ready: Line<E>[] = [];
  private readyAt = 0;

  /** `width`: how many of one line may be under way at present. */
  constructor(private readonly width: () => number) {}

  /** The line of whatever is about this; what is to stand in it is then added. */
  of(about: string): Line<E> {
    const found = this.lines.get(about);
    if (found) return found;
    const line = { about, first: undefined, last: undefined, cursor: undefined, underWay: 0, isReady: false };
    this.lines.set(about, line);
    return line;
  }

  /** At the end of its line. */
  add(entry: E): void {
    const { line } = entry;
    if (line.last) line.last.next = entry;
    else line.first = entry;
    line.last = entry;
    line.cursor ??= entry;
    this.makeReady(line);
  }

  /** The next one to publish, which is then under way. */
  next(): E | undefined {
    this.forget();
    for (let line = this.ready[this.readyAt]; line; line = this.ready[this.readyAt]) {
      this.readyAt++;
      line.isReady = false;
      const entry = line.cursor;
      // It became ready before its width was less; it is again when one of it that is under way is done.
      if (!entry || !this.hasRoom(line)) continue;
      this.moveCursor(line, entry.next);
      entry.state = 'under way';
      line.underWay++;
      this.makeReady(line);
      return entry;
    }
    return undefined;
  }

  /** What is under way has to be published again, before those behind it. */
  putBack(entry: E): void {
    const { line } = entry;
    entry.state = 'waiting';
    line.underWay--;
    this.moveCursor(line, line.first);
    this.makeReady(line);
  }

  /** What is under way is dealt with. */
  remove(entry: E): void {
    const { line } = entry;
    entry.state = 'done';
    line.underWay--;
    while (line.first?.state === 'done') line.first = line.first.next;
    if (line.first) this.makeReady(line);
    else this.lines.delete(line.about);
  }

  private makeReady(line: Line<E>): void {
    if (line.isReady || !line.cursor || !this.hasRoom(line)) return;
    line.isReady = true;
    this.ready.push(line);
  }

  private hasRoom(line: Line<E>): boolean {
    return line.underWay < this.width();
  }

  /** To the next one that waits. */
  private moveCursor(line: Line<E>, to: E | undefined): void {
    let entry = to;
    while (entry && entry.state !== 'waiting') entry = entry.next;
    line.cursor = entry;
  }

  private forget(): void {
    if (this.readyAt < FORGOTTEN_AT_ONCE && this.readyAt < this.ready.length) return;
    this.ready.splice(0, this.readyAt);
    this.readyAt = 0;
  }
}
