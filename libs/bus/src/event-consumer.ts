/**
 * Takes events from the consumer that all registries share, and hands them on in batches: one event at once when it comes
 * alone, many together when they wait in numbers. Acknowledges a batch after its handler is done with it.
 */
import { setTimeout } from 'node:timers/promises';
import type { ReceivedEvent, Subjects } from '@wscm/contracts';
import type { Consumer, JsMsg } from 'nats';
import type { Bus } from './bus';
import { ensureConsumer, ensureStreams } from './event-stream';

/** An event as it stands in the stream. */
export interface StoredEvent extends ReceivedEvent {
  /** Its place in the stream, counted from 1. */
  streamSeq: number;
}

export interface EventConsumerOptions {
  /**
   * Resolves when every event of the batch is dealt with for good; then all are acknowledged. When it rejects, the same
   * batch comes again after a while.
   */
  handle: (batch: readonly StoredEvent[]) => Promise<void>;
  /** Told of every failure: of the handler, or of the stream. */
  onError: (error: unknown) => void;
  maxBatch?: number;
}

/** Batches under way at a time: while MongoDB writes one, the next is folded. */
const LANES = 2;
/** Also how long an orderly end may take to hand back what still comes. */
const PULL_EXPIRES_MS = 1_000;
const RETRY_MS = 500;

export class EventConsumer {
  private readonly waiting: JsMsg[] = [];
  private readonly maxBatch: number;
  private readonly stopping = new AbortController();
  private readonly changed = new Set<() => void>();
  private healthy = false;
  private ended: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly bus: Bus,
    private readonly subjects: Subjects,
    private readonly options: EventConsumerOptions,
  ) {
    this.maxBatch = options.maxBatch ?? 500;
  }

  /** True while events are pulled from a consumer that is there. */
  get ready(): boolean {
    return this.healthy && this.bus.connected;
  }

  start(): void {
    this.ended = Promise.all([this.pullForever(), ...Array.from({ length: LANES }, () => this.handleForever())]);
  }

  /** Finishes the batches under way, and hands back at once whatever else was taken. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.wake();
    for (const message of this.waiting.splice(0)) message.nak();
    await this.ended;
  }

  private get stopped(): boolean {
    return this.stopping.signal.aborted;
  }

  private async pullForever(): Promise<void> {
    while (!this.stopped) {
      try {
        await ensureStreams(this.bus, this.subjects);
        const consumer = await ensureConsumer(this.bus, this.subjects);
        this.healthy = true;
        while (!this.stopped) await this.pull(consumer);
      } catch (error) {
        this.healthy = false;
        if (!this.stopped) this.options.onError(error);
        await this.pause(RETRY_MS);
      }
    }
  }

  /** One pull: takes what waits and what comes, up to a batch or until the pull expires. */
  private async pull(consumer: Consumer): Promise<void> {
    await this.until(() => this.waiting.length < this.maxBatch);
    if (this.stopped) return;
    const messages = await consumer.fetch({ max_messages: this.maxBatch, expires: PULL_EXPIRES_MS });
    for await (const message of messages) this.take(message);
  }

  private take(message: JsMsg): void {
    if (this.stopped) return message.nak();
    this.waiting.push(message);
    this.wake();
  }

  private async handleForever(): Promise<void> {
    for (;;) {
      await this.until(() => this.waiting.length > 0);
      if (this.stopped) return;
      await this.handleBatch(this.waiting.splice(0, this.maxBatch));
    }
  }

  private async handleBatch(messages: JsMsg[]): Promise<void> {
    const batch = messages.map(toStoredEvent);
    while (!(await this.handled(batch))) {
      if (this.stopped) return messages.forEach((message) => message.nak());
      await this.pause(RETRY_MS);
    }
    for (const message of messages) message.ack();
  }

  private async handled(batch: StoredEvent[]): Promise<boolean> {
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
    while (!condition() && !this.stopped) await new Promise<void>((resolve) => this.changed.add(resolve));
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

const toStoredEvent = (message: JsMsg): StoredEvent => ({
  subject: message.subject,
  header: (name) => message.headers?.get(name) ?? '',
  payload: message.data,
  streamSeq: message.seq,
});
