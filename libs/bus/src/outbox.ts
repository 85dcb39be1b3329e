/**
 * Events on their way to JetStream: kept until it acknowledged them, in order, bounded in bytes.
 *
 * Publishing is pipelined: up to a window of events is under way, acknowledged to one shared inbox. When one is refused,
 * not acknowledged in time, or the connection was lost, publishing starts again from the oldest event that is not
 * acknowledged. What JetStream had stored already it knows by its `Nats-Msg-Id`, and stores it once.
 */
import type { EncodedEvent } from '@wscm/contracts';
import { createInbox, type Msg, type MsgHdrs } from 'nats';
import { type Bus, toMsgHdrs } from './bus';
import { isTooLarge } from './bus-error';

export interface OutboxOptions {
  /** Bytes of waiting events past which `full` is true. */
  maxBytes: number;
  /** An event without acknowledgement for so long is published again. */
  ackTimeoutMs?: number;
  /** Told of each refusal by JetStream, e.g. that it is out of space. */
  onRefused?: (reason: string) => void;
  /** Told of an event that the connection does not take, since it is too large for the server; it is given up. */
  onUnsendable?: (subject: string, error: unknown) => void;
  /** Told of each event stored, with the milliseconds from its last publish. */
  onStored?: (latencyMs: number) => void;
}

interface Entry {
  subject: string;
  headers: MsgHdrs;
  payload: Uint8Array;
  bytes: number;
  sentAt: number;
}

/** Events under way at a time: below what a stream takes in before it answers "too many requests" (10,000). */
const WINDOW = 2_000;
const RETRY_MS = 250;
/** As many times the acknowledgement timeout, an event may wait while others get through. */
const PATIENCE = 12;
/** What an event takes beside subject and payload: its headers, and the entry itself. */
const OVERHEAD_BYTES = 600;

export class Outbox {
  private readonly entries = new Map<number, Entry>();
  private readonly inbox = createInbox();
  private readonly subscription;
  private readonly unlisten;
  private readonly timer: NodeJS.Timeout;
  private readonly ackTimeoutMs: number;
  private readonly emptied = new Set<() => void>();
  private waitingBytes = 0;
  private added = 0;
  /** The next event to publish; those before it are under way or stored. */
  private cursor = 0;
  private underWay = 0;
  private pausedUntil = 0;
  private lastStoredAt = 0;

  constructor(
    private readonly bus: Bus,
    private readonly options: OutboxOptions,
  ) {
    this.ackTimeoutMs = options.ackTimeoutMs ?? 5_000;
    this.subscription = bus.connection.subscribe(`${this.inbox}.*`, {
      callback: (error, message) => {
        if (!error) this.onAcknowledgement(message);
      },
    });
    this.unlisten = bus.onConnectedChange((connected) => {
      if (connected) this.restart(0);
    });
    this.timer = setInterval(() => this.resendOverdue(), RETRY_MS);
  }

  /** Bytes that wait, headers included. */
  get bytes(): number {
    return this.waitingBytes;
  }

  get size(): number {
    return this.entries.size;
  }

  /** True past `maxBytes`: the caller then takes nothing more from clients. What is added all the same is kept. */
  get full(): boolean {
    return this.waitingBytes >= this.options.maxBytes;
  }

  /** Takes an event. `id`: publishing it again stores nothing. The payload must not change afterwards. */
  add(event: EncodedEvent, id: string): void {
    const headers = toMsgHdrs(event.headers);
    headers.set('Nats-Msg-Id', id);
    const bytes = event.payload.length + event.subject.length + OVERHEAD_BYTES;
    this.entries.set(this.added++, { subject: event.subject, headers, payload: event.payload, bytes, sentAt: 0 });
    this.waitingBytes += bytes;
    this.publishWaiting();
  }

  /** Resolves with true when every event is stored, or with false when the time is over. */
  async flush(timeoutMs: number): Promise<boolean> {
    if (this.entries.size === 0) return true;
    return new Promise((resolve) => {
      const done = (stored: boolean) => {
        clearTimeout(timer);
        this.emptied.delete(onEmptied);
        resolve(stored);
      };
      const onEmptied = () => done(true);
      const timer = setTimeout(() => done(false), timeoutMs);
      this.emptied.add(onEmptied);
    });
  }

  close(): void {
    clearInterval(this.timer);
    this.unlisten();
    this.subscription.unsubscribe();
  }

  private publishWaiting(): void {
    if (!this.bus.connected || Date.now() < this.pausedUntil) return;
    for (; this.cursor < this.added && this.underWay < WINDOW; this.cursor++) {
      const entry = this.entries.get(this.cursor);
      if (entry) this.publish(this.cursor, entry);
    }
  }

  private publish(number: number, entry: Entry): void {
    entry.sentAt = Date.now();
    this.underWay++;
    const reply = `${this.inbox}.${number}`;
    try {
      this.bus.connection.publish(entry.subject, entry.payload, { headers: entry.headers, reply });
    } catch (error) {
      // A connection that is ending takes nothing; the event stays.
      if (!isTooLarge(error)) return;
      // It would hold up all that come after it.
      this.underWay--;
      this.remove(number, entry);
      this.options.onUnsendable?.(entry.subject, error);
    }
  }

  private onAcknowledgement(message: Msg): void {
    const number = Number(message.subject.slice(this.inbox.length + 1));
    const entry = this.entries.get(number);
    if (!entry) return;
    const refusal = refusalIn(message);
    if (refusal === null) this.onStored(number, entry);
    else this.onRefused(refusal);
  }

  private onStored(number: number, entry: Entry): void {
    this.lastStoredAt = Date.now();
    this.options.onStored?.(this.lastStoredAt - entry.sentAt);
    if (number < this.cursor) this.underWay--;
    this.remove(number, entry);
    this.publishWaiting();
  }

  private remove(number: number, entry: Entry): void {
    this.entries.delete(number);
    this.waitingBytes -= entry.bytes;
    if (this.entries.size === 0) for (const tell of this.emptied) tell();
  }

  private onRefused(reason: string): void {
    if (Date.now() < this.pausedUntil) return;
    this.options.onRefused?.(reason);
    this.restart(RETRY_MS);
  }

  private resendOverdue(): void {
    const oldest = this.entries.entries().next().value;
    if (oldest && oldest[0] < this.cursor && this.isOverdue(oldest[1])) this.restart(0);
    else this.publishWaiting();
  }

  /** While others are acknowledged, an event may wait in the connection behind them, though not for ever. */
  private isOverdue({ sentAt }: Entry): boolean {
    const now = Date.now();
    const silentFor = now - Math.max(sentAt, this.lastStoredAt);
    return silentFor > this.ackTimeoutMs || now - sentAt > this.ackTimeoutMs * PATIENCE;
  }

  /** Publishes again from the oldest event on, so that the order is kept. */
  private restart(pauseMs: number): void {
    this.pausedUntil = Date.now() + pauseMs;
    this.cursor = this.entries.keys().next().value ?? this.added;
    this.underWay = 0;
    this.publishWaiting();
  }
}

/** Why JetStream did not store it, or null where it did. Its answer is JSON; "no responders" is a bare status. */
function refusalIn(message: Msg): string | null {
  if (message.data.length === 0) return message.headers?.code === 503 ? 'no stream takes it' : 'no answer';
  try {
    const { error } = JSON.parse(message.string()) as { error?: { description?: string } };
    return error ? (error.description ?? 'refused') : null;
  } catch {
    return 'no answer of JetStream';
  }
}
