/** The last minutes in numbers, for the charts: bounded, with a gap where nothing could be read. */
import type { Rates, SeenGateway } from './members';

/** Values are null in a gap. */
export interface Point {
  /** Milliseconds since 1970. */
  time: number;
  connections: number | null;
  connects: number | null;
  disconnects: number | null;
  messagesFromClients: number | null;
  messagesToClients: number | null;
}

export const HISTORY_MS = 600_000;
const GAP_MS = 8_000;

/** Forgets what is older than `HISTORY_MS`. */
export function withPoint(points: readonly Point[], seen: readonly SeenGateway[], now: number): Point[] {
  const recent = points.filter(({ time }) => now - time < HISTORY_MS);
  const last = recent.at(-1);
  const gap = last && now - last.time > GAP_MS ? [emptyPoint(last.time + 1)] : [];
  return [...recent, ...gap, { time: now, ...totals(seen) }];
}

const emptyPoint = (time: number): Point => ({
  ...{ time, connections: null, connects: null, disconnects: null },
  ...{ messagesFromClients: null, messagesToClients: null },
});

/** Over all gateways that are there; those that do not tell their rates count nothing, null where none does. */
export function totals(seen: readonly SeenGateway[]): Omit<Point, 'time'> {
  const here = seen.filter(({ goneAt }) => goneAt === null);
  const told = here.flatMap(({ rates }) => (rates ? [rates] : []));
  const sum = (name: keyof Rates): number | null =>
    told.length === 0 && here.length > 0 ? null : told.reduce((total, rates) => total + rates[name], 0);
  return {
    connections: here.reduce((total, { gateway }) => total + gateway.connections, 0),
    connects: sum('connects'),
    disconnects: sum('disconnects'),
    messagesFromClients: sum('messagesFromClients'),
    messagesToClients: sum('messagesToClients'),
  };
}
