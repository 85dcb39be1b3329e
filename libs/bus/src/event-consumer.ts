/**
 * Takes events from the consumer that all registries share, and hands them on in batches: one event at once when it comes
 * alone, many together when they wait in numbers; those that don't tell what a client said wait a little for others.
 * Acknowledges a batch after its handler is done with it.
 */
import { setTimeout } from 'node:timers/promises';
import type { ReceivedEvent, Subjects } from '@wscm/contracts';
import type { Bus } from './bus';
import { ensureConsumer, ensureStreams, type StreamState, streamState } from './event-stream';
import { type PulledMessage, Puller } from './pull';

/** An event as it stands in the stream; `streamSeq` is its place there, counted from 1. */
export type StoredEvent = ReceivedEvent & Pick<PulledMessage, 'streamSeq'>;

export interface EventConsumerOptions {
  /**
   * Resolves when every event of the batch is dealt with for good; then all are acknowledged. When it rejects, the same
   * batch comes again after a while.
   */
  handle: (batch: readonly StoredEvent[]) => Promise<void>;
  /**
   * Told what there is of the stream, each time before pulling begins. Resolves with the place in the stream after which a
   * consumer begins that has to be made anew.
   */
  onStream?: (stream: StreamState) => Promise<number>;
  /** Told of every failure: of the handler, or of the stream. */
  onError: (error: unknown) => void;
  maxBatch?: number;
  maxBytes?: number;
  /** Of a stream that has to be made. */
  replicas?: number;
}

/** Batches under way at a time: while MongoDB writes one, the next is folded. */
const LANES = 2;
/** Events of a batch at most. The more there are, the more of them are of the same client: one write for all of these. */
const MAX_BATCH = 2_000;
/**
 * Asked for at a time, or two of the largest messages that NATS takes; no more is asked for while as much waits. So large
 * messages fill neither the memory nor a batch.
 */
const MAX_BYTES = 32 * 1024 * 1024;
/** So far apart begin batches without what a client said. A single event costs as much as a batch of many. */
const GATHER_MS = 50;
const PULL_EXPIRES_MS = 5_000;
const RETRY_MS = 500;

export class EventConsumer {
  private readonly waiting: PulledMessage[] = [];
  private waitingBytes = 0;
  /** In the batches under way. */
  private readonly underWay = new Set<PulledMessage>();
  private readonly maxBatch: number;
  private readonly puller: Puller;
  private readonly stopping = new AbortController();
  private readonly changed = new Set<() => void>();
  private pulling = false;
  /** One of those that wait is to be handed on at once. */
  private urgent = false;
  private lastBegun = -Infinity;
  private gathering: NodeJS.Timeout | undefined;
  /** Batches that failed at their last try. */
  private failing = 0;
  private ended: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly bus: Bus,
    private readonly subjects: Subjects,
    private readonly options: EventConsumerOptions,
  ) {
    this.maxBatch = options.maxBatch ?? MAX_BATCH;
    const consumer = { stream: subjects.stream, name: subjects.consumer };
    this.puller = new Puller(bus, consumer, (message) => this.take(message));
  }

  /** True while events are pulled from a consumer that is there, and their handler succeeds. */
  get ready(): boolean {
    return this.pulling && this.failing === 0 && !this.isStopped() && this.bus.connected;
  }

  start(): void {
    this.ended = Promise.all([this.pullForever(), ...Array.from({ length: LANES }, () => this.handleForever())]);
  }

  /** Finishes the batches under way, and hands back at once whatever else was taken. */
  async stop(): Promise<void> {
    this.stopping.abort();
    clearTimeout(this.gathering);
    this.wake();
    await this.puller.stop();
    for (const message of this.takeOut()) message.nak();
    await this.ended;
  }

  /** Stops at once, and hands back whatever was taken, the batches under way included. */
  hurry(): void {
    void this.stop();
    for (const message of [...this.takeOut(), ...this.underWay]) message.nak();
    this.underWay.clear();
  }

  private isStopped(): boolean {
    return this.stopping.signal.aborted;
  }

  private get maxBytes(): number {
    return Math.max(this.options.maxBytes ?? MAX_BYTES, 2 * this.bus.maxPayload);
  }

  private async pullForever(): Promise<void> {
    while (!this.isStopped()) {
      try {
        await ensureStreams(this.bus, this.subjects, this.options.replicas);
        const stream = await streamState(this.bus, this.subjects);
        await ensureConsumer(this.bus, this.subjects, await this.options.onStream?.(stream));
        this.pulling = true;
        for (;;) {
          await this.until(() => this.waiting.length < this.maxBatch && this.waitingBytes < this.maxBytes);
          if (this.isStopped()) return;
          await this.puller.pull(this.maxBatch, PULL_EXPIRES_MS, this.maxBytes);
        }
      } catch (error) {
        this.pulling = false;
        if (!this.isStopped()) this.options.onError(error);
        await this.pause(RETRY_MS);
      }
    }
  }

  private take(message: PulledMessage): void {
    if (this.isStopped()) {
      message.nak();
      return;
    }
    this.waiting.push(message);
    this.waitingBytes += message.payload.length;
    if (this.subjects.isOfMessage(message.subject)) this.urgent = true;
    this.gather();
  }

  private takeOut(count = this.waiting.length): PulledMessage[] {
    const taken = this.waiting.splice(0, count);
    for (const { payload } of taken) this.waitingBytes -= payload.length;
    return taken;
  }

  private gather(): void {
    if (this.isDue()) this.wake();
    else this.gathering ??= globalThis.setTimeout(() => this.endGathering(), GATHER_MS);
  }

  private endGathering(): void {
    clearTimeout(this.gathering);
    this.gathering = undefined;
    if (this.waiting.length > 0) this.gather();
  }

  private async handleForever(): Promise<void> {
    for (;;) {
      await this.until(() => this.waiting.length > 0 && this.isDue());
      if (this.isStopped()) return;
      const batch = this.takeOut(this.maxBatch);
      // Empty when another lane was quicker.
      if (batch.length > 0) await this.handleBatch(batch);
    }
  }

  private isDue(): boolean {
    if (this.urgent || this.waiting.length >= this.maxBatch) return true;
    return performance.now() - this.lastBegun >= GATHER_MS;
  }

  private async handleBatch(messages: PulledMessage[]): Promise<void> {
    this.begin(messages);
    const handled = (await this.handled(messages)) || (await this.handledInTheEnd(messages));
    for (const message of messages) {
      // Handed back already?
      if (!this.underWay.delete(message)) continue;
      if (handled) message.ack();
      else message.nak();
    }
  }

  private begin(messages: PulledMessage[]): void {
    this.urgent = this.waiting.length > 0;
    this.lastBegun = performance.now();
    this.endGathering();
    for (const message of messages) this.underWay.add(message);
  }

  /** Tries again and again; false where the end came first. */
  private async handledInTheEnd(batch: readonly StoredEvent[]): Promise<boolean> {
    this.failing++;
    try {
      while (!this.isStopped()) {
        await this.pause(RETRY_MS);
        // What can't be stored may go to a stream that is missing.
        await ensureStreams(this.bus, this.subjects, this.options.replicas).catch(this.options.onError);
        if (await this.handled(batch)) return true;
      }
      return false;
    } finally {
      this.failing--;
    }
  }

  private async handled(batch: readonly StoredEvent[]): Promise<boolean> {
    try {
      await this.options.handle(batch);
      return true;
    } catch (error) {
      this.options.onError(error);
      return false;
    }
  }

  /** Waits for a condition that `wake` may have made true, or for the end. */
  private async until(condition: () => boolean): Promise<void> {
    while (!condition() && !this.isStopped()) await new Promise<void>((resolve) => this.changed.add(resolve));
    this.wakeSoon();
  }

  private wake(): void {
    const sleepers = [...this.changed];
    this.changed.clear();
    for (const wakeUp of sleepers) wakeUp();
  }

  /** Room in the queue and batches left over concern others who wait, too. */
  private wakeSoon(): void {
    if (this.changed.size > 0) setImmediate(() => this.wake());
  }

  private async pause(ms: number): Promise<void> {
    await setTimeout(ms, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }
}
