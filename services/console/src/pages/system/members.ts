/**
 * The gateways and registries that have been seen, and what their lists, read every few seconds, tell of them together:
 * rates from counters, who is silent, and who is there no more.
 */
import type { Gateway, Registries, RegistryStatus } from '@wscm/contracts';

/** Per second. */
export interface Rates {
  connects: number;
  disconnects: number;
  messagesFromClients: number;
  messagesToClients: number;
}

/** `silent`: its heartbeat is overdue. `gone`: it is no longer listed. `lost`: neither, and it was silent before. */
export type MemberState = 'well' | 'silent' | 'gone' | 'lost';

export interface SeenGateway {
  gateway: Gateway;
  state: MemberState;
  /** When this page saw another heartbeat than before, by this machine's clock in milliseconds. */
  heartbeatSeenAt: number;
  /** The longest time between two heartbeats; null before there were two. */
  intervalMs: number | null;
  /** Null where it does not tell, or has not told twice yet. */
  rates: Rates | null;
  /** When it was missing for the first time. */
  goneAt: number | null;
}

const counters = ['connects', 'disconnects', 'messagesFromClients', 'messagesToClients'] as const;
const OVERDUE_INTERVALS = 2;
const OVERDUE_MS = 7_000;
/** Those that are gone are shown for so long. */
export const REMEMBERED_MS = 600_000;

/** What is known after one more reading of the list at `now`. */
export function afterReading(seen: readonly SeenGateway[], listed: readonly Gateway[], now: number): SeenGateway[] {
  const before = new Map(seen.map((each) => [each.gateway.gatewayId, each]));
  const here = listed.map((gateway) => present(before.get(gateway.gatewayId), gateway, now));
  const ids = new Set(listed.map(({ gatewayId }) => gatewayId));
  const missing = seen.filter(({ gateway }) => !ids.has(gateway.gatewayId)).map((each) => absent(each, now));
  const remembered = missing.filter(({ goneAt }) => goneAt === null || now - goneAt < REMEMBERED_MS);
  return [...here, ...remembered].sort((a, b) => (a.gateway.startedAt < b.gateway.startedAt ? -1 : 1));
}

function present(before: SeenGateway | undefined, gateway: Gateway, now: number): SeenGateway {
  if (!before) return { gateway, state: 'well', heartbeatSeenAt: now, intervalMs: null, rates: null, goneAt: null };
  const passed = Date.parse(gateway.lastHeartbeat) - Date.parse(before.gateway.lastHeartbeat);
  if (passed <= 0) {
    if (!overdue(before, now)) return { ...before, state: 'well', goneAt: null };
    // What passes through it now, nobody knows.
    return { ...before, state: 'silent', rates: null, goneAt: null };
  }
  const intervalMs = before.state === 'well' ? Math.max(before.intervalMs ?? 0, passed) : before.intervalMs;
  const rates = ratesOf(before.gateway, gateway, passed);
  return { gateway, state: 'well', heartbeatSeenAt: now, intervalMs, rates, goneAt: null };
}

const overdue = ({ heartbeatSeenAt, intervalMs }: SeenGateway, now: number): boolean =>
  now - heartbeatSeenAt > (intervalMs === null ? OVERDUE_MS : OVERDUE_INTERVALS * intervalMs);

function absent(before: SeenGateway, now: number): SeenGateway {
  if (before.goneAt !== null) return before;
  const state = before.state === 'silent' || overdue(before, now) ? 'lost' : 'gone';
  return { ...before, state, rates: null, goneAt: now };
}

function ratesOf(before: Gateway, after: Gateway, passedMs: number): Rates | null {
  const rates: Partial<Rates> = {};
  for (const name of counters) {
    const [from, to] = [before[name], after[name]];
    if (from === null || to === null) return null;
    rates[name] = Math.max(0, to - from) / (passedMs / 1000);
  }
  return rates as Rates;
}

export interface SeenRegistry {
  registry: RegistryStatus;
  /** Events a second; null before there were two readings. */
  storedRate: number | null;
  seenAt: number;
  /** Without NATS the registry that is read can tell of itself only. */
  isUnasked: boolean;
  goneAt: number | null;
}

/** What is known after one more reading of the registries. `consumer` is null where NATS (JetStream) does not answer. */
export function afterAnswers(
  seen: readonly SeenRegistry[],
  { items: listed, consumer }: Registries,
  now: number,
): SeenRegistry[] {
  const before = new Map(seen.map((each) => [each.registry.registryId, each]));
  const here = listed.map((registry): SeenRegistry => {
    const known = before.get(registry.registryId);
    const passed = known ? (now - known.seenAt) / 1000 : 0;
    const stored = known ? Math.max(0, registry.eventsStored - known.registry.eventsStored) : 0;
    return { registry, storedRate: passed > 0 ? stored / passed : null, seenAt: now, isUnasked: false, goneAt: null };
  });
  const ids = new Set(listed.map(({ registryId }) => registryId));
  // NATS that hangs is noticed here first: the registry that is read notices some seconds later.
  const isCut = consumer === null || (listed.length > 0 && listed.every(({ checks }) => !checks.nats));
  const missing = seen
    .filter(({ registry }) => !ids.has(registry.registryId))
    .map((each) => ({ ...each, storedRate: null, isUnasked: isCut, goneAt: each.goneAt ?? (isCut ? null : now) }))
    .filter(({ goneAt }) => goneAt === null || now - goneAt < REMEMBERED_MS);
  return [...here, ...missing].sort((a, b) => (a.registry.startedAt < b.registry.startedAt ? -1 : 1));
}
