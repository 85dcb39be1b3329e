/** One who listens by HTTP: gets the events that it asked for, in order, and is cut off where it does not read them. */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import type { Place } from '@wscm/bus';
import { type FeedEvent, type FeedFilter, matches } from './feed-event';

/** A listener that reads nothing of what is past for so long is cut off. */
const STALLED_MS = 30_000;
/** One that was cut off may read for so long what it was sent, and one that a registry leaves as it ends. */
const LAST_READ_MS = 10_000;
const END_MS = 1_000;

export interface ListenerBounds {
  maxWaitingBytes: number;
  /** It is told that it reads too slowly, and cut off. */
  onOverflow: () => void;
}

export class Listener {
  private readonly leaving = new AbortController();

  /** `place`: everything up to it has been heard, or is none of its business. */
  constructor(
    private readonly out: ServerResponse,
    readonly filter: FeedFilter,
    public place: Place,
    private readonly bounds: ListenerBounds,
  ) {
    out.once('close', () => this.leaving.abort());
    // A connection that breaks is closed, too.
    out.on('error', () => undefined);
  }

  /** Aborted when it wants, or gets, nothing more. */
  get left(): AbortSignal {
    return this.leaving.signal;
  }

  /** Tells from which place on it is heard: who resumes before the first event does so from there. */
  greet(): void {
    this.out.write(`: listening\nid: ${this.place.seq}\n\n`);
  }

  /** Says that the connection lives, and how far the stream has been looked through. */
  keepAlive(): void {
    if (!this.left.aborted && !this.out.writableNeedDrain) this.out.write(`: alive\nid: ${this.place.seq}\n\n`);
  }

  /** What happens now. `place`: that of the last of the events, or of one behind it. Too much unread cuts it off. */
  take(events: readonly FeedEvent[], place: Place): void {
    const blocks: Buffer[] = [];
    let bytes = this.out.writableLength;
    for (const event of this.wanted(events)) {
      if (bytes > 0 && bytes + event.block.length > this.bounds.maxWaitingBytes) {
        this.write(blocks);
        this.overflow();
        return;
      }
      blocks.push(event.block);
      bytes += event.block.length;
      this.moveTo(event.seq);
    }
    this.write(blocks);
    this.moveTo(place.seq);
  }

  /** What is past: resolves when it has room for more, or has left. */
  async takeAtItsPace(events: readonly FeedEvent[], place: Place): Promise<void> {
    for (const event of this.wanted(events)) {
      if (this.left.aborted) return;
      this.write([event.block]);
      this.moveTo(event.seq);
      if (this.out.writableNeedDrain) await this.drained();
    }
    this.place = { ...place, seq: Math.max(place.seq, this.place.seq) };
  }

  /** Events that it has not heard are gone: it goes on with `next`. */
  gap(next: number, place: Place): void {
    if (place.created === this.place.created && this.place.seq >= next - 1) return;
    this.place = { created: place.created, seq: next - 1 };
    this.write([Buffer.from(`id: ${next - 1}\nevent: gap\ndata: ${JSON.stringify({ kind: 'gap', from: next })}\n\n`)]);
  }

  /** The registry ends: whoever wants to go on does so at another one, behind the last id. */
  end(lastReadMs = END_MS): void {
    this.leaving.abort();
    this.out.end();
    const cut = globalThis.setTimeout(() => this.out.destroy(), lastReadMs);
    this.out.once('close', () => clearTimeout(cut));
  }

  private wanted(events: readonly FeedEvent[]): FeedEvent[] {
    if (this.left.aborted) return [];
    return events.filter((event) => event.seq > this.place.seq && matches(this.filter, event));
  }

  private moveTo(seq: number): void {
    if (seq > this.place.seq) this.place = { ...this.place, seq };
  }

  private write(blocks: readonly Buffer[]): void {
    if (blocks.length > 0 && !this.left.aborted) this.out.write(Buffer.concat(blocks));
  }

  private overflow(): void {
    const { seq } = this.place;
    this.write([
      Buffer.from(`id: ${seq}\nevent: overflow\ndata: ${JSON.stringify({ kind: 'overflow', lastEventId: seq })}\n\n`),
    ]);
    this.bounds.onOverflow();
    this.end(LAST_READ_MS);
  }

  private async drained(): Promise<void> {
    const stop = new AbortController();
    const { signal } = stop;
    const enough = AbortSignal.any([this.left, signal]);
    const drained = once(this.out, 'drain', { signal: enough }).then(
      () => true,
      () => true,
    );
    const inTime = await Promise.race([
      drained,
      setTimeout(STALLED_MS, false, { signal, ref: false }).catch(() => true),
    ]);
    stop.abort();
    if (!inTime) this.overflow();
  }
}
