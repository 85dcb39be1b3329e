/**
 * Reads the stream of events in order from a place on, none missed and none twice, through a consumer of its own. Whatever
 * may have lost events on their way (NATS restarted, a route that broke, a consumer that is gone) makes it a new consumer
 * behind the last event that was read. Where the stream itself no longer has what comes next, it says so.
 */
import { setTimeout } from 'node:timers/promises';
import type { Subjects } from '@wscm/contracts';
import type { Bus } from './bus';
import type { StoredEvent } from './event-consumer';
import { makeOwnConsumer, progressOf, type StreamState, streamState } from './event-stream';
import { type PulledMessage, Puller } from './pull';

/** A place in one stream: everything up to `seq` was read. */
export interface Place {
  /** When the stream was made, which tells it from another one of its name; null where that is not known. */
  created: string | null;
  seq: number;
}

export interface EventReaderOptions {
  /** Only events of this subject, which may have wildcards; all without. */
  filter?: string | undefined;
  /** Gets them in order; now and then none, with a later place. No more are asked for until it resolves; when it rejects, the same come again. */
  onEvents: (events: readonly StoredEvent[], place: Place) => Promise<void> | void;
  /** The events from the place read so far up to this one, which comes next, are gone, or are in another stream. */
  onGap: (next: number, place: Place) => void;
  /** Told of what it gets over by itself. */
  onError: (error: unknown) => void;
}

/** Events on their way to the reader, at most; of no more bytes than two of NATS's largest messages. */
const BATCH = 256;
const PULL_EXPIRES_MS = 5_000;
const RETRY_MS = 250;

/** Where reading goes on in the stream as it is now, and whether something was missed. */
export function goOn({ created, seq }: Place, stream: StreamState): { place: Place; gap: boolean } {
  const known = created === stream.created;
  const isAnother = (created !== null && !known) || (!known && seq > stream.lastSeq);
  const first = stream.firstSeq - 1;
  const next = isAnother ? first : Math.max(first, Math.min(seq, stream.lastSeq));
  return { place: { created: stream.created, seq: next }, gap: isAnother || next !== seq };
}

/** What has arrived of a pull, until it is over. */
class Arrivals {
  /** Something may have been lost meanwhile. */
  doubtful = false;
  private readonly messages: PulledMessage[] = [];
  private over = false;
  private wake: () => void = () => undefined;

  begin(): void {
    this.over = false;
  }

  push(message: PulledMessage): void {
    this.messages.push(message);
    this.wake();
  }

  end(): void {
    this.over = true;
    this.wake();
  }

  /** All that wait; none when the pull is over. */
  async next(): Promise<PulledMessage[]> {
    if (this.messages.length === 0 && !this.over) await new Promise<void>((resolve) => (this.wake = resolve));
    return this.messages.splice(0);
  }
}

export class EventReader {
  private readonly stopping = new AbortController();
  private puller: Puller | undefined;

  constructor(
    private readonly bus: Bus,
    private readonly subjects: Subjects,
    private current: Place,
    private readonly options: EventReaderOptions,
  ) {}

  get place(): Place {
    return this.current;
  }

  /** Resolves when it was stopped. */
  async follow(): Promise<void> {
    while (!this.isStopped()) await this.tryTo(() => this.read(false));
  }

  /** Resolves when everything was read that the stream has now, or when it was stopped. */
  async catchUp(): Promise<void> {
    while (!this.isStopped() && !(await this.tryTo(() => this.read(true))));
  }

  /** What has been handed on stays; nothing more comes. */
  stop(): void {
    this.stopping.abort();
    void this.puller?.stop();
  }

  private isStopped(): boolean {
    return this.stopping.signal.aborted;
  }

  private async tryTo(read: () => Promise<void>): Promise<boolean> {
    try {
      await read();
      return true;
    } catch (error) {
      if (this.isStopped()) return false;
      this.options.onError(error);
      await setTimeout(RETRY_MS, undefined, { signal: this.stopping.signal }).catch(() => undefined);
      return false;
    }
  }

  /** One consumer's life. Rejects where it has to be made anew. */
  private async read(toEnd: boolean): Promise<void> {
    const stream = await streamState(this.bus, this.subjects);
    const { place, gap } = goOn(this.current, stream);
    this.current = place;
    if (gap) this.options.onGap(place.seq + 1, place);
    const filter = this.options.filter ?? this.subjects.allEvents;
    const consumer = await makeOwnConsumer(this.bus, this.subjects, { filter, after: place.seq });
    await this.readFrom(consumer.name, toEnd ? consumer.pending : Infinity);
    if (toEnd && !this.isStopped()) this.moveTo(Math.max(this.current.seq, stream.lastSeq));
  }

  private async readFrom(name: string, count: number): Promise<void> {
    const arrivals = new Arrivals();
    const puller = new Puller(this.bus, { stream: this.subjects.stream, name }, (message) => arrivals.push(message));
    this.puller = puller;
    const unlisten = this.bus.onConnectedChange(() => (arrivals.doubtful = true));
    const { signal } = this.stopping;
    signal.addEventListener('abort', () => arrivals.end(), { once: true });
    try {
      let read = 0;
      while (read < count && !this.isStopped()) {
        const before = read;
        read = await this.pull(puller, arrivals, Math.min(BATCH, count - read), read);
        if (this.isStopped()) return;
        if (arrivals.doubtful) throw new Error('NATS was away, and may have sent what never came');
        if (read === before) await this.lookThrough(name, read);
      }
    } finally {
      unlisten();
      this.puller = undefined;
      await puller.stop();
    }
  }

  /** Nothing has come for a while: is there nothing, up to the end of the stream? Rejects where something was lost. */
  private async lookThrough(name: string, read: number): Promise<void> {
    const { lastSeq } = await streamState(this.bus, this.subjects);
    const { handedOut, pending } = await progressOf(this.bus, this.subjects, name);
    if (handedOut !== read) throw new Error('events were lost on their way');
    if (pending > 0 || lastSeq <= this.current.seq) return;
    this.moveTo(lastSeq);
    await this.options.onEvents([], this.current);
  }

  /** One pull, dealt with as it comes in. Resolves with how many of the consumer's events were read so far. */
  private async pull(puller: Puller, arrivals: Arrivals, most: number, readBefore: number): Promise<number> {
    arrivals.begin();
    const pull = puller.pull(most, PULL_EXPIRES_MS, 2 * this.bus.maxPayload).finally(() => arrivals.end());
    // Told below, when what has come before is dealt with.
    pull.catch(() => undefined);
    let read = readBefore;
    for (;;) {
      const batch = await arrivals.next();
      if (this.isStopped()) return read;
      if (batch.length === 0) break;
      read = await this.take(batch, read);
    }
    await pull;
    return read;
  }

  /** Resolves with how many of the consumer's events were read. */
  private async take(batch: readonly PulledMessage[], read: number): Promise<number> {
    let from = 0;
    for (const [at, message] of batch.entries()) {
      if (message.consumerSeq() !== read + at + 1) throw new Error('an event was lost on its way');
      const before = at === 0 ? this.current.seq : (batch[at - 1]?.streamSeq ?? 0);
      if (this.options.filter !== undefined || message.streamSeq === before + 1) continue;
      await this.handOn(batch.slice(from, at));
      this.moveTo(message.streamSeq - 1);
      this.options.onGap(message.streamSeq, this.current);
      from = at;
    }
    await this.handOn(batch.slice(from));
    return read + batch.length;
  }

  private async handOn(events: readonly PulledMessage[]): Promise<void> {
    const last = events.at(-1);
    if (!last || this.isStopped()) return;
    const place = { ...this.current, seq: last.streamSeq };
    await this.options.onEvents(events, place);
    this.current = place;
  }

  private moveTo(seq: number): void {
    this.current = { ...this.current, seq };
  }
}
