/**
 * Events on their way to JetStream: kept until it acknowledged them, bounded in bytes.
 *
 * Events about the same (a client, or a gateway's broadcasts) form a line, and are published in their order. Publishing is
 * pipelined, up to a window, and acknowledged to one shared inbox. What is refused, not acknowledged in time, or was under
 * way when the connection was lost, is published again. What JetStream had stored already it knows by its `Nats-Msg-Id`,
 * and stores it once. Once JetStream refuses or misses something, only one event of each line is under way at a time, so
 * that none overtakes another, until all has been well for a while.
 */
import type { EncodedEvent } from '@wscm/contracts';
import type { Msg, MsgHdrs } from 'nats';
import type { Bus } from './bus';
import { isTooLarge } from './bus-error';
import { headerBlock } from './header-block';
import { type InLine, Lines } from './lines';
import { refusalIn } from './publish-answer';

export interface OutboxOptions {
  /** Bytes of waiting events past which `full` is true. */
  maxBytes: number;
  /** An event without acknowledgement for so long is published again. */
  ackTimeoutMs?: number;
  /** True for what need not be published at once. */
  mayWait?: (subject: string) => boolean;
  /** Told of each refusal by JetStream, e.g. that it is out of space. */
  onRefused?: (reason: string) => void;
  /** Told of an event that is too large for the server or the stream, and is given up. */
  onUnsendable?: (subject: string, error: unknown) => void;
  /** Told of each event stored, with the milliseconds from its last publish. */
  onStored?: (latencyMs: number) => void;
}

interface Entry extends InLine<Entry> {
  subject: string;
  headers: MsgHdrs;
  payload: Uint8Array;
  bytes: number;
  /** Tells whose acknowledgement comes. */
  number: number;
  sentAt: number;
  onSettled: OnSettled | undefined;
}

/** Told once that an event is stored, or with an error that it is given up. */
type OnSettled = (error?: unknown) => void;

/** Events under way at a time: below what a stream takes in before it answers "too many requests" (10,000). */
const WINDOW = 2_000;
/** Of them, events of one line; and while JetStream refuses. */
const LINE_WINDOW = 200;
const CAREFUL_LINE_WINDOW = 1;
const CAREFUL_MS = 5_000;
/**
 * So long after the last publishing an event that may wait does so for others: a write to NATS for a single one costs more
 * than all the rest of it.
 */
const GATHER_MS = 10;
/** Events that feel the way after a refusal, until one of them is taken. */
const PROBES = 10;
const RETRY_MS = 250;
/**
 * The part of the acknowledgement timeout by which a stored event must have been published later, to tell one is lost; and
 * after which it is looked for what is overdue.
 */
const OVERTAKEN = 0.2;
/** As many times the acknowledgement timeout, an event may wait while others get through. */
const PATIENCE = 12;
/** What an event takes beside subject, headers and payload: the objects that hold them. */
const OVERHEAD_BYTES = 400;

export class Outbox {
  private readonly lines = new Lines<Entry>(() => this.lineWindow());
  /** By number; the one sent longest ago in front. */
  private readonly underWay = new Map<number, Entry>();
  private readonly inbox: string;
  private readonly subscription;
  private readonly unlisten;
  /** Runs only while something waits. */
  private looking: NodeJS.Timeout | undefined;
  private isPublishing = false;
  private gathering: NodeJS.Timeout | undefined;
  private closed = false;
  private readonly ackTimeoutMs: number;
  private readonly emptied = new Set<() => void>();
  private waiting = 0;
  private waitingBytes = 0;
  private window = WINDOW;
  private numbers = 0;
  private pausedUntil = 0;
  private carefulUntil = 0;
  private lastPublishedAt = -Infinity;
  private lastStoredAt = 0;
  /** When the latest was published of those that are stored. */
  private storedUpTo = 0;

  constructor(
    private readonly bus: Bus,
    private readonly options: OutboxOptions,
  ) {
    this.ackTimeoutMs = options.ackTimeoutMs ?? 5_000;
    this.inbox = bus.newInbox();
    this.subscription = bus.connection.subscribe(`${this.inbox}.*`, {
      callback: (error, message) => {
        if (!error) this.onAcknowledgement(message);
      },
    });
    this.unlisten = bus.onConnectedChange((connected) => {
      if (connected) this.publishAgain([...this.underWay.values()]);
    });
  }

  /** Bytes that wait, headers included. */
  get bytes(): number {
    return this.waitingBytes;
  }

  get size(): number {
    return this.waiting;
  }

  /** True while JetStream refuses what waits, e.g. since it is out of space. */
  get refused(): boolean {
    return this.window === PROBES && this.waiting > 0;
  }

  /** True past `maxBytes`: the caller then takes nothing more from clients. What is added all the same is kept. */
  get full(): boolean {
    return this.waitingBytes >= this.options.maxBytes;
  }

  /**
   * Takes an event. `id`: publishing it again stores nothing. Events of the same `about` are stored in the order of their
   * adding. The payload must not change afterwards.
   */
  add({ subject, headers, payload }: EncodedEvent, id: string, about: string, onSettled?: OnSettled): void {
    const block = headerBlock(headers, id);
    const entry: Entry = {
      line: this.lines.of(about),
      subject,
      headers: block.headers,
      payload,
      bytes: OVERHEAD_BYTES + subject.length + block.size + payload.length,
      number: this.numbers++,
      state: 'waiting',
      sentAt: 0,
      next: undefined,
      onSettled,
    };
    this.waiting++;
    this.waitingBytes += entry.bytes;
    this.lines.add(entry);
    if (!this.looking) this.lookSoon();
    if (this.options.mayWait?.(subject)) this.gather();
    else this.publishSoon();
  }

  /** Resolves with true when every event is stored, or with false when the time is over. */
  async flush(timeoutMs: number): Promise<boolean> {
    if (this.waiting === 0) return true;
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
    clearTimeout(this.looking);
    this.stopGathering();
    this.closed = true;
    this.unlisten();
    this.subscription.unsubscribe();
  }

  private stopGathering(): void {
    clearTimeout(this.gathering);
    this.gathering = undefined;
  }

  /** Events of one line that may be under way. */
  private lineWindow(): number {
    return Date.now() < this.carefulUntil ? CAREFUL_LINE_WINDOW : LINE_WINDOW;
  }

  /** After a pause an event goes at once, in one write with the answer that is given in the same turn. */
  private gather(): void {
    const ms = this.lastPublishedAt + GATHER_MS - performance.now();
    if (ms <= 0) this.publishSoon();
    else this.gathering ??= setTimeout(() => this.publishSoon(), ms);
  }

  private publishSoon(): void {
    if (this.isPublishing) return;
    this.isPublishing = true;
    this.bus.turn.atEnd(() => {
      this.isPublishing = false;
      if (!this.closed) this.publishReady();
    });
  }

  private publishReady(): void {
    this.stopGathering();
    if (!this.bus.connected || Date.now() < this.pausedUntil) return;
    while (this.underWay.size < this.window) {
      const entry = this.lines.next();
      if (!entry) break;
      this.publish(entry);
    }
  }

  private publish(entry: Entry): void {
    const { subject, payload, headers, number } = entry;
    entry.sentAt = Date.now();
    this.lastPublishedAt = performance.now();
    this.underWay.set(number, entry);
    const reply = `${this.inbox}.${number}`;
    try {
      this.bus.connection.publish(subject, payload, { headers, reply });
    } catch (error) {
      // A connection that is ending takes nothing; the event stays.
      if (isTooLarge(error)) this.giveUp(entry, error);
    }
  }

  private onAcknowledgement(message: Msg): void {
    const entry = this.underWay.get(Number(message.subject.slice(this.inbox.length + 1)));
    if (!entry) return;
    const refusal = refusalIn(message);
    if (!refusal) this.onStored(entry);
    else if (refusal.forGood) this.giveUp(entry, new Error(refusal.reason));
    else this.onRefused(entry, refusal.reason);
  }

  private onStored(entry: Entry): void {
    this.lastStoredAt = Date.now();
    this.storedUpTo = Math.max(this.storedUpTo, entry.sentAt);
    this.options.onStored?.(this.lastStoredAt - entry.sentAt);
    entry.onSettled?.();
    this.window = WINDOW;
    this.remove(entry);
    if (!this.gathering) this.publishSoon();
  }

  /** It would hold up all that come after it. */
  private giveUp(entry: Entry, error: unknown): void {
    this.remove(entry);
    this.options.onUnsendable?.(entry.subject, error);
    entry.onSettled?.(error);
  }

  private remove(entry: Entry): void {
    this.underWay.delete(entry.number);
    this.lines.remove(entry);
    this.waiting--;
    this.waitingBytes -= entry.bytes;
    if (this.waiting === 0) for (const tell of this.emptied) tell();
  }

  /** What refuses one, refuses others: after a pause some feel the way. */
  private onRefused(entry: Entry, reason: string): void {
    this.carefulUntil = Date.now() + CAREFUL_MS;
    this.putBack(entry);
    if (Date.now() < this.pausedUntil) return;
    this.options.onRefused?.(reason);
    this.window = PROBES;
    this.pausedUntil = Date.now() + RETRY_MS;
    this.lookSoon();
  }

  private lookSoon(): void {
    clearTimeout(this.looking);
    if (this.closed) return;
    const isCareful = Date.now() < this.carefulUntil;
    this.looking = setTimeout(() => this.look(), isCareful ? RETRY_MS : this.ackTimeoutMs * OVERTAKEN);
  }

  private look(): void {
    this.looking = undefined;
    this.publishOverdue();
    if (this.waiting > 0) this.lookSoon();
  }

  private publishOverdue(): void {
    const overdue = [...this.underWay.values()].filter((entry) => this.isOverdue(entry));
    if (overdue.length > 0) this.carefulUntil = Date.now() + CAREFUL_MS;
    this.publishAgain(overdue);
  }

  private publishAgain(entries: Entry[]): void {
    for (const entry of entries) this.putBack(entry);
    this.publishReady();
  }

  private putBack(entry: Entry): void {
    this.underWay.delete(entry.number);
    this.lines.putBack(entry);
  }

  /**
   * While others are acknowledged, an event may wait in the connection behind them, though not for ever. Where one is stored
   * that was published later, it was lost: in a NATS cluster with another server than the one of this connection.
   */
  private isOverdue({ sentAt }: Entry): boolean {
    const now = Date.now();
    const silentFor = now - Math.max(sentAt, this.lastStoredAt);
    if (this.storedUpTo - sentAt > this.ackTimeoutMs * OVERTAKEN) return true;
    return silentFor > this.ackTimeoutMs || now - sentAt > this.ackTimeoutMs * PATIENCE;
  }
}
