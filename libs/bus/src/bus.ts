/** A connection to NATS that comes back by itself: publish, subscribe, request. */
import { setTimeout } from 'node:timers/promises';
import { createInbox, Events, headers as newHeaders, type Msg, type MsgHdrs, type NatsConnection } from 'nats';
import { BusError } from './bus-error';
import { type BusOptions, dial, mostBytes } from './dial';
import { headerBlock } from './header-block';
import { Pulse } from './pulse';
import { type AskedOfAll, Requests } from './requests';
import { Turn } from './turn';

/** Names and values of headers. */
export type Headers = Readonly<Record<string, string>>;

export interface BusMessage {
  subject: string;
  data: Uint8Array;
  /** The value of a header, or an empty text. */
  header(name: string): string;
  /** Answers the sender, at the end of this turn of the event loop; does nothing where nobody can be told. */
  respond(data: Uint8Array | string): void;
}

export interface RequestOptions {
  timeoutMs: number;
  headers?: Headers;
}

export type RequestAllOptions = RequestOptions & Pick<AskedOfAll, 'onReply' | 'quietMs' | 'enough'>;

export interface Subscription {
  /** Stops, after what has already arrived was handled. */
  drain(): Promise<void>;
}

/** The connection ends in order within this time, unless NATS answers no more. */
const CLOSE_MS = 500;

export class Bus {
  private readonly listeners = new Set<(connected: boolean) => void>();
  private up = true;
  private closing = false;
  private readonly requests: Requests;
  private pulse: Pulse | undefined;
  private transport: Transport | undefined;
  /** For the other files of this lib only. */
  readonly turn = new Turn();

  private constructor(
    /** For the other files of this lib only. */
    readonly connection: NatsConnection,
    private readonly onStatus: NonNullable<BusOptions['onStatus']>,
    private readonly inboxPrefix: string | undefined,
  ) {
    this.requests = new Requests(connection, this.newInbox(), this.turn, () => this.connected);
    this.transport = transportOf(connection);
    void this.watch();
  }

  /** Waits for NATS up to a deadline, then rejects with the last reason. `RangeError`: it takes no message that large. */
  static async connect(options: BusOptions): Promise<Bus> {
    return new Bus(await dial(options), options.onStatus ?? (() => undefined), options.inboxPrefix);
  }

  get connected(): boolean {
    return this.up && !this.connection.isClosed();
  }

  /** False also where the connection stands and NATS has not answered for some seconds. Felt from the first look on. */
  get answering(): boolean {
    this.pulse ??= new Pulse(this.connection, () => this.connected);
    return this.connected && this.pulse.felt;
  }

  /** Calls back after each disconnect and reconnect, until the returned function is called. */
  onConnectedChange(listener: (connected: boolean) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Publishes without waiting; nothing tells whether anybody got it. Dropped while disconnected. */
  publish(subject: string, data: Uint8Array | string, options: { headers?: Headers; reply?: string } = {}): void {
    this.connection.publish(subject, data, {
      ...(options.headers ? { headers: toMsgHdrs(options.headers) } : {}),
      ...(options.reply ? { reply: options.reply } : {}),
    });
  }

  /** Calls back for each message. */
  subscribe(subject: string, handle: (message: BusMessage) => void): Subscription {
    const subscription = this.connection.subscribe(subject, {
      callback: (error, message) => {
        if (!error) handle(this.toBusMessage(message));
      },
    });
    return { drain: () => subscription.drain() };
  }

  /** Asks and waits for one answer. Rejects with `BusError`. */
  async request(subject: string, data: Uint8Array | string, options: RequestOptions): Promise<Uint8Array> {
    if (!this.connected) throw new BusError('disconnected', subject);
    const headers = options.headers && headerBlock(options.headers).headers;
    return this.requests.ask({ subject, data, headers, timeoutMs: options.timeoutMs });
  }

  /**
   * Asks everybody who listens and hands each answer to `onReply`, until that returns true, `enough` resolves or the time
   * is over. With `quietMs` it goes on until no further answer has come for so long.
   * Resolves whoever answers; rejects with `BusError` only where nothing was sent, and with what `onReply` throws.
   */
  async requestAll(subject: string, data: Uint8Array | string, options: RequestAllOptions): Promise<void> {
    if (!this.connected) throw new BusError('disconnected', subject);
    const { headers, ...rest } = options;
    await this.requests.askAll({ subject, data, headers: headers && headerBlock(headers).headers, ...rest });
  }

  /** What NATS's own limit is, headers included. */
  get maxPayload(): number {
    return this.connection.info?.max_payload ?? 0;
  }

  /** The largest message or answer that NATS takes. */
  get maxBytes(): number {
    return mostBytes(this.connection);
  }

  /** A subject of its own for answers. */
  newInbox(): string {
    return createInbox(this.inboxPrefix);
  }

  /** Resolves when the connection has ended for good though nobody called `close`; else never. */
  async lost(): Promise<Error> {
    const reason = await this.connection.closed();
    if (this.closing) return new Promise(() => undefined);
    return new Error('the connection to NATS has ended for good', { cause: reason ?? undefined });
  }

  /** Resolves when NATS has answered; rejects with `BusError` where it does not in time, though connected. */
  async roundTrip(timeoutMs: number): Promise<void> {
    const late = setTimeout(timeoutMs, 'late' as const, { ref: false });
    if (!this.connected) throw new BusError('disconnected', 'ping');
    if ((await Promise.race([this.connection.flush(), late])) === 'late') throw new BusError('timeout', 'ping');
  }

  /** Sends what was published, and ends the connection; in order, unless NATS answers no more. */
  async close(): Promise<void> {
    this.closing = true;
    this.pulse?.stop();
    this.turn.endNow();
    if (this.connection.isClosed()) return;
    const drained = this.connection.drain().catch(() => undefined);
    if (this.connected) await Promise.race([drained, setTimeout(CLOSE_MS, undefined, { ref: false })]);
    await this.connection.close();
  }

  private async watch(): Promise<void> {
    for await (const { type, permissionContext } of this.connection.status()) {
      if (type === Events.Disconnect) this.onDisconnect();
      if (type === Events.Reconnect) this.onReconnect();
      if (permissionContext?.operation === 'publish') this.requests.refused(permissionContext.subject);
    }
  }

  /**
   * The client library (2.29) dials again also where a server ends that it had given up dialing, and that took the
   * connection later, e.g. since its host was back. The connection that stands would stay then beside the next one, and
   * every message would come twice.
   */
  private onDisconnect(): void {
    void this.transport?.close();
    this.setUp(false);
  }

  private onReconnect(): void {
    this.transport = transportOf(this.connection);
    this.setUp(true);
  }

  private toBusMessage(message: Msg): BusMessage {
    return {
      subject: message.subject,
      data: message.data,
      header: (name) => message.headers?.get(name) ?? '',
      respond: (data) => this.turn.atEnd(() => this.answer(message, data)),
    };
  }

  private answer(message: Msg, data: Uint8Array | string): void {
    try {
      message.respond(data);
    } catch {
      // The connection has ended meanwhile: nobody can be told.
    }
  }

  private setUp(up: boolean): void {
    if (this.up === up) return;
    this.up = up;
    this.onStatus(up ? 'connected' : 'disconnected');
    for (const listener of this.listeners) listener(up);
  }
}

/** What the client library speaks over; it does nothing when told to close twice. */
interface Transport {
  close(): Promise<void>;
}

const transportOf = (connection: NatsConnection): Transport | undefined =>
  (connection as unknown as { protocol: { transport?: Transport } }).protocol.transport;

/** For the other files of this lib. */
export function toMsgHdrs(headers: Headers): MsgHdrs {
  const encoded = newHeaders();
  for (const [name, value] of Object.entries(headers)) encoded.set(name, value);
  return encoded;
}
