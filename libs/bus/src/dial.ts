/** The first connection to NATS: where it is, who we are there, and whether it takes our messages. */
import { setTimeout } from 'node:timers/promises';
import { type Authenticator, connect, credsAuthenticator, type NatsConnection, nkeyAuthenticator } from 'nats';

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

const RECONNECT_WAIT_MS = 250;
const FIRST_CONNECT_MS = 30_000;
/** How long one try to connect may take. */
const DIAL_MS = 5_000;

/** A message travels in one NATS message, together with its headers. */
const HEADER_RESERVE_BYTES = 4096;

/** Waits for NATS up to a deadline, then rejects with the last reason. `RangeError`: it takes no message that large. */
export async function dial(options: BusOptions): Promise<NatsConnection> {
  const deadline = Date.now() + (options.connectTimeoutMs ?? FIRST_CONNECT_MS);
  for (;;) {
    try {
      const connection = await connectOnce(options);
      await checkSize(connection, options.maxMessageBytes);
      return connection;
    } catch (error) {
      if (error instanceof RangeError) throw error;
      if (Date.now() > deadline)
        throw new Error(`can't reach NATS at ${withoutSecrets(options.url)}`, { cause: error });
      await setTimeout(RECONNECT_WAIT_MS);
    }
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
export const mostBytes = (connection: NatsConnection): number =>
  (connection.info?.max_payload ?? 0) - HEADER_RESERVE_BYTES;

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
