/** The gateway's settings: every environment variable that it reads. */
import { isGatewayName, isPrefix } from '@wscm/contracts';
import {
  commaSeparated,
  type Environment,
  host,
  logLevel,
  natsAccess,
  parseSettings,
  port,
  url,
  wholeNumber,
} from '@wscm/runtime';
import { tracingShape } from '@wscm/tracing';
import { z } from 'zod';
import { trustProxies } from './edge/addresses';
import { edgeShape } from './edge/edge-settings';

const MIB = 1_048_576;

/** uWebSockets.js ends the process for any other value. */
const isIdleTimeout = (seconds: number): boolean => seconds === 0 || (seconds >= 8 && seconds <= 960);

function areProxies(addresses: string[]): boolean {
  try {
    trustProxies(addresses);
    return true;
  } catch {
    return false;
  }
}

const schema = z.object({
  HOST: host.default('127.0.0.1'),
  /** Where health and metrics are; without: HOST. */
  GATEWAY_ADMIN_HOST: host.optional(),
  GATEWAY_PORT: port.default(8080),
  GATEWAY_ADMIN_PORT: port.default(8081),
  NATS_URL: url('nats', 'tls').default('nats://127.0.0.1:4222'),
  ...natsAccess,
  /** The id of each run begins with it, and it is a token of the subjects of its commands. */
  GATEWAY_NAME: z.string().refine(isGatewayName, 'must be 1 to 24 letters, digits, _ and -').optional(),
  STREAM_REPLICAS: wholeNumber(1, 5).default(1),
  WSCM_PREFIX: z.string().refine(isPrefix, 'must be letters, digits, _ and - only').default('wscm'),
  /** Larger messages from a client are answered with close code 1009. */
  MAX_MESSAGE_BYTES: wholeNumber(1, 64 * MIB).default(131_072),
  /** A socket that says nothing for so long, not even to a ping, is closed. 0: never. */
  IDLE_TIMEOUT_S: wholeNumber(0, 960).refine(isIdleTimeout, 'must be 0 or from 8 to 960').default(120),
  /** A client with more than this unread is closed with code 4000. */
  MAX_BACKPRESSURE_BYTES: wholeNumber(1024, 1024 * MIB).default(MIB),
  /** Events that NATS has not acknowledged: past this, new connections get 503 and senders are closed with 1013. */
  OUTBOX_MAX_BYTES: wholeNumber(MIB, 16_384 * MIB).default(64 * MIB),
  LEASE_TTL_MS: wholeNumber(500, 600_000).default(10_000),
  /** Sockets closed a second, when the gateway ends. */
  DRAIN_RATE: wholeNumber(1, 1_000_000).default(1_000),
  DRAIN_TIMEOUT_MS: wholeNumber(100, 3_600_000).default(25_000),
  /** Addresses or networks (CIDR) whose `X-Forwarded-For` is believed. */
  TRUSTED_PROXIES: commaSeparated.refine(areProxies, 'must be addresses or networks (CIDR)').default([]),
  ...edgeShape,
  ...tracingShape,
  LOG_LEVEL: logLevel.default('info'),
});

const checked = schema.refine((settings) => settings.MAX_BACKPRESSURE_BYTES >= settings.MAX_MESSAGE_BYTES, {
  path: ['MAX_BACKPRESSURE_BYTES'],
  message: 'must not be smaller than MAX_MESSAGE_BYTES',
  when: ({ issues }) => issues.length === 0,
});

/** Every variable that a gateway reads. */
export const variables = schema.shape;

export type Settings = Readonly<z.infer<typeof schema>>;

/** Throws `SettingsError`, which names every bad variable. */
export const readSettings = (env: Environment): Settings => parseSettings(checked, env);
