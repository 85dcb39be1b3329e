/** The registry's settings: every environment variable that it reads. */
import { isPrefix } from '@wscm/contracts';
import {
  type Environment,
  host,
  logLevel,
  natsAccess,
  parseSettings,
  port,
  SettingsError,
  url,
  wholeNumber,
} from '@wscm/runtime';
import { tracingShape } from '@wscm/tracing';
import { z } from 'zod';
import { type AccessSettings, accessVariables, readAccess } from './access/access-settings';
import { readTls, type TlsFiles, tlsVariables } from './http/tls';

const MIB = 1_048_576;

const schema = z.object({
  HOST: host.default('127.0.0.1'),
  REGISTRY_PORT: port.default(3000),
  NATS_URL: url('nats', 'tls').default('nats://127.0.0.1:4222'),
  ...natsAccess,
  STREAM_REPLICAS: wholeNumber(1, 5).default(1),
  MONGODB_URL: url('mongodb', 'mongodb+srv').default('mongodb://127.0.0.1:27017/wscm'),
  WSCM_PREFIX: z.string().refine(isPrefix, 'must be letters, digits, _ and - only').default('wscm'),
  /** A client's `_id` in MongoDB is this and the replyId. */
  CLIENT_KEY_PREFIX: z.string().max(128).default('ws_client_'),
  MAX_MESSAGE_BYTES: wholeNumber(1, 64 * MIB).default(131_072),
  LEASE_TTL_MS: wholeNumber(500, 600_000).default(10_000),
  /** How long a command waits for its gateway's answer. */
  COMMAND_TIMEOUT_MS: wholeNumber(100, 60_000).default(2_000),
  /** How long a client that has left is remembered, at least: sends to it answer 410 until then, and 404 later. */
  TOMBSTONE_TTL_S: wholeNumber(120, 604_800).default(600),
  /** Where clients connect, as browsers reach it: the console's tester begins with it. */
  GATEWAY_PUBLIC_URL: url('ws', 'wss').optional(),
  /** How many may listen to the events by HTTP at a time, and what each may leave unread. */
  MAX_EVENT_LISTENERS: wholeNumber(0, 10_000).default(100),
  MAX_EVENT_LISTENER_BYTES: wholeNumber(65_536, 256 * MIB).default(4 * MIB),
  ...tracingShape,
  LOG_LEVEL: logLevel.default('info'),
});

/** Every variable that a registry reads. */
export const variables = { ...schema.shape, ...accessVariables, ...tlsVariables };

export type Settings = Readonly<z.infer<typeof schema> & { access: AccessSettings; tls: TlsFiles | null }>;

/** Throws `SettingsError`, which names every bad variable. */
export function readSettings(env: Environment): Settings {
  const faults = new Set<string>();
  const plain = orFaults(faults, () => parseSettings(schema, env));
  const access = orFaults(faults, () => readAccess(env));
  const tls = orFaults(faults, () => readTls(env));
  if (!plain || !access || tls === undefined) throw new SettingsError([...faults]);
  return Object.freeze({ ...plain, access, tls });
}

function orFaults<T>(faults: Set<string>, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    for (const fault of error.faults) faults.add(fault);
    return undefined;
  }
}
