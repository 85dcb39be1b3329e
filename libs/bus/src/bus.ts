/** A connection to NATS that comes back by itself: publish, subscribe, request. */
import { setTimeout } from 'node:timers/promises';
import {
  type Authenticator,
  connect,
  createInbox,
  credsAuthenticator,
  Events,
  headers as newHeaders,
  type Msg,
  type MsgHdrs,
  type NatsConnection,
  nkeyAuthenticator,
} from 'nats';
import { BusError } from './bus-error';
import { headerBlock } from './header-block';
import { Requests } from './requests';
import { Turn } from './turn';

export interface BusOptions {
  /** One URL or several joined by commas, e.g. `nats://127.0.0.1:4222`. */
  url: string;
  /** What a .creds file holds, or the seed of an nkey; in place of a user in the URL. */
  creds?: string | undefined;
  /** Subjects below it are for answers to this connection; `_INBOX` if left out. */
  inboxPrefix?: string | undefined;
  /** Shown by `nats server report connections`. */
  name: string;
  /** The largest message that must get through. */
  maxMessageBytes: number;
  /** How long the first connect may take. */
  connectTimeoutMs?: number;
  /** Told of every disconnect and reconnect. */
  onStatus?: (status: 'connected' | 'disconnected') => void;
}

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

export interface Subscription {
  /** Stops, after what has already arrived was handled. */
  drain(): Promise<void>;
}

const RECONNECT_WAIT_MS = 250;
const FIRST_CONNECT_MS = 30_000;
/** The connection ends in order within this time, unless NATS answers no more. */
const CLOSE_MS = 500;
/** How long one try to connect may take. */
const DIAL_MS = 5_000;

/** A message travels in one NATS message, together with its headers. */
const HEADER_RESERVE_BYTES = 4096;

export class Bus {
  private readonly listeners = new Set<(connected: boolean) => void>();
  private up = true;
  private closing = false;
  private readonly requests: Requests;
  /** For the other files of this lib only. */
  readonly turn = new Turn();

  private constructor(
    /** For the other files of this lib only. */
    readonly connection: NatsConnection,
    private readonly onStatus: NonNullable<BusOptions['onStatus']>,
    private readonly inboxPrefix: string | undefined,
  ) {
    this.requests = new Requests(connection, this.newInbox(), this.turn, () => this.connected);
    void this.watch();
  }

  /** Waits for NATS up to a deadline, then rejects with the last reason. `RangeError`: it takes no message that large. */
  static async connect(options: BusOptions): Promise<Bus> {
    const deadline = Date.now() + (options.connectTimeoutMs ?? FIRST_CONNECT_MS);
    for (;;) {
      try {
        const connection = await connectOnce(options);
        await checkSize(connection, options.maxMessageBytes);
        return new Bus(connection, options.onStatus ?? (() => undefined), options.inboxPrefix);
      } catch (error) {
        if (error instanceof RangeError) throw error;
        if (Date.now() > deadline)
          throw new Error(`can't reach NATS at ${withoutSecrets(options.url)}`, { cause: error });
        await setTimeout(RECONNECT_WAIT_MS);
      }
    }
  }

  get connected(): boolean {
    return this.up && !this.connection.isClosed();
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
   * Asks everybody who listens and hands each answer to `onReply`, until that returns true or the time is over. With
   * `quietMs` it goes on until no further answer has come for so long.
   * Resolves whoever answers; rejects with `BusError` only where nothing was sent, and with what `onReply` throws.
   */
  async requestAll(
    subject: string,
    data: Uint8Array | string,
    options: RequestOptions & { onReply: (data: Uint8Array) => boolean; quietMs?: number },
  ): Promise<void> {
    if (!this.connected) throw new BusError('disconnected', subject);
    const inbox = this.newInbox();
    await new Promise<void>((resolve, reject) => {
      const subscription = this.connection.subscribe(inbox, {
        callback: (error, message) => {
          try {
            if (error || isNoResponders(message)) finish();
            else if (options.onReply(message.data)) finishSoon();
          } catch (thrown) {
            // in the library's callback it would end the reading of the whole connection
            const reason = thrown as Error;
            reject(reason);
            finish();
          }
        },
      });
      const timer = globalThis.setTimeout(finish, options.timeoutMs);
      let quiet: NodeJS.Timeout | undefined;
      function finishSoon() {
        clearTimeout(quiet);
        if (options.quietMs) quiet = globalThis.setTimeout(finish, options.quietMs);
        else finish();
      }
      function finish() {
        clearTimeout(timer);
        clearTimeout(quiet);
        subscription.unsubscribe();
        resolve();
      }
      this.publish(subject, data, { ...(options.headers ? { headers: options.headers } : {}), reply: inbox });
    });
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
    this.turn.endNow();
    if (this.connection.isClosed()) return;
    const drained = this.connection.drain().catch(() => undefined);
    if (this.connected) await Promise.race([drained, setTimeout(CLOSE_MS, undefined, { ref: false })]);
    await this.connection.close();
  }

  private async watch(): Promise<void> {
    for await (const { type, permissionContext } of this.connection.status()) {
      if (type === Events.Disconnect) this.setUp(false);
      if (type === Events.Reconnect) this.setUp(true);
      if (permissionContext?.operation === 'publish') this.requests.refused(permissionContext.subject);
    }
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

const connectOnce = ({
  url,
  creds,
  inboxPrefix,
  name,
  connectTimeoutMs = DIAL_MS,
}: BusOptions): Promise<NatsConnection> =>
  connect({
    servers: url.split(',').map((each) => withoutUser(each.trim())),
    name,
    timeout: Math.min(connectTimeoutMs, DIAL_MS),
    maxReconnectAttempts: -1,
    reconnectTimeWait: RECONNECT_WAIT_MS,
    pingInterval: 5_000,
    maxPingOut: 2,
    // Credentials that are refused now may be good again after a reload of the server.
    ignoreAuthErrorAbort: true,
    ...(url.startsWith('tls://') ? { tls: {} } : {}),
    ...credentialsOf(url),
    ...(creds ? { authenticator: authenticatorOf(creds) } : {}),
    ...(inboxPrefix ? { inboxPrefix } : {}),
  });

/** The largest payload that gets through with its headers. */
const mostBytes = (connection: NatsConnection): number => (connection.info?.max_payload ?? 0) - HEADER_RESERVE_BYTES;

async function checkSize(connection: NatsConnection, maxMessageBytes: number): Promise<void> {
  const most = mostBytes(connection);
  if (maxMessageBytes <= most) return;
  await connection.close();
  throw new RangeError(
    `MAX_MESSAGE_BYTES=${maxMessageBytes}: must be at most ${most}, since the NATS server's max_payload is ${most + HEADER_RESERVE_BYTES}`,
  );
}

function authenticatorOf(creds: string): Authenticator {
  const bytes = new TextEncoder().encode(creds);
  return creds.startsWith('SU') ? nkeyAuthenticator(bytes) : credsAuthenticator(bytes);
}

/** nats.js does not read user and password from the URL. */
function credentialsOf(url: string): { user?: string; pass?: string } {
  const { username, password } = new URL(url.split(',')[0] ?? url);
  if (!username) return {};
  return { user: decodeURIComponent(username), pass: decodeURIComponent(password) };
}

/** nats.js takes for the port whatever digits come first after a colon, those of a password, too. */
const withoutUser = (url: string): string => url.replace(/\/\/.*@/, '//');

const withoutSecrets = (url: string): string => url.replaceAll(/\/\/[^,]*@/g, '//…@');

const isNoResponders = (message: Msg): boolean => message.headers?.code === 503 && message.data.length === 0;

/** For the other files of this lib. */
export function toMsgHdrs(headers: Headers): MsgHdrs {
  const encoded = newHeaders();
  for (const [name, value] of Object.entries(headers)) encoded.set(name, value);
  return encoded;
}
