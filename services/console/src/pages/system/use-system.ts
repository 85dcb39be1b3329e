/** Reads gateways and registries every two seconds, and keeps what was read for some minutes, even off this page. */
import type { Registries } from '@wscm/contracts';
import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query';
import { listGateways, listRegistries } from '../../api/system';
import { HISTORY_MS, type Point, withPoint } from './history';
import { afterAnswers, afterReading, type SeenGateway, type SeenRegistry } from './members';

export const POLL_MS = 2_000;
const GATEWAYS = ['system', 'gateways'];
const REGISTRIES = ['system', 'registries'];

export interface GatewaysRead {
  seen: SeenGateway[];
  points: Point[];
}

export interface RegistriesRead {
  seen: SeenRegistry[];
  consumer: Registries['consumer'];
}

async function readGateways(client: QueryClient, signal: AbortSignal): Promise<GatewaysRead> {
  const listed = await listGateways(signal);
  const before = client.getQueryData<GatewaysRead>(GATEWAYS);
  const now = Date.now();
  const seen = afterReading(before?.seen ?? [], listed, now);
  return { seen, points: withPoint(before?.points ?? [], seen, now) };
}

async function readRegistries(client: QueryClient, signal: AbortSignal): Promise<RegistriesRead> {
  const read = await listRegistries(signal);
  const before = client.getQueryData<RegistriesRead>(REGISTRIES);
  return { seen: afterAnswers(before?.seen ?? [], read, Date.now()), consumer: read.consumer };
}

/** A failed reading is told at once; the next one comes by itself, and what was read last stays. */
const poll = {
  refetchInterval: POLL_MS,
  refetchIntervalInBackground: true,
  retry: false,
  gcTime: HISTORY_MS,
  structuralSharing: false,
} as const;

export function useGateways() {
  const client = useQueryClient();
  return useQuery({ queryKey: GATEWAYS, queryFn: ({ signal }) => readGateways(client, signal), ...poll });
}

export function useRegistries() {
  const client = useQueryClient();
  return useQuery({ queryKey: REGISTRIES, queryFn: ({ signal }) => readRegistries(client, signal), ...poll });
}
