/** The roster as a hook: reads it, keeps it live, and reads it again when it may be wrong. */
import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import type { Client, ClientFilters } from '@wscm/contracts';
import { useEffect, useMemo, useState } from 'react';
import { clientPages, countClients } from '../../api/clients';
import type { FeedState } from '../../live/event-feed';
import { useEventFeed } from '../../live/use-event-feed';
import { noRates, RateMeter, type Rates } from './rates';
import { Roster } from './roster';

/** While events come, the list is read again now and then all the same: nothing may stay wrong for good. */
const READ_LIVE_MS = 120_000;
const READ_CUT_OFF_MS = 5_000;
const COUNT_MS = 5_000;
const RATES_MS = 1_000;

export interface RosterView {
  clients: Client[];
  /** As the registry counts them; undefined while that is not known. */
  count: number | undefined;
  /** Only the first of them are here. */
  isCut: boolean;
  rates: Rates;
  feed: FeedState;
  reading: UseQueryResult<null>;
}

export function useRoster(filters: ClientFilters): RosterView {
  const key = JSON.stringify(filters);
  const roster = useMemo(() => new Roster(JSON.parse(key) as ClientFilters), [key]);
  const [shown, setShown] = useState<{ of: Roster; clients: Client[] }>({ of: roster, clients: [] });
  const [meter] = useState(() => new RateMeter());
  const [rates, setRates] = useState(noRates);
  const show = () => setShown({ of: roster, clients: roster.rows() });

  const feed = useEventFeed(
    {},
    {
      onEvents: (events) => {
        meter.count(events, performance.now());
        roster.apply(events);
        show();
      },
      onGap: () => {
        roster.distrust();
        void reading.refetch();
      },
    },
  );
  const isLive = feed === 'open';
  const reading = useQuery({
    queryKey: ['roster', key],
    queryFn: async ({ signal }) => {
      roster.beginReading();
      for await (const page of clientPages(JSON.parse(key) as ClientFilters, signal)) {
        roster.read(page);
        show();
        if (roster.isFull) break;
      }
      roster.endReading();
      show();
      return null;
    },
    refetchInterval: isLive ? READ_LIVE_MS : READ_CUT_OFF_MS,
    gcTime: 0,
  });
  const { data: count } = useQuery({
    queryKey: ['count', key],
    queryFn: ({ signal }) => countClients(JSON.parse(key) as ClientFilters, signal),
    refetchInterval: COUNT_MS,
  });
  useReadAgain(reading, isLive, count, shown.of === roster ? shown.clients.length : undefined);
  useEffect(() => {
    const timer = setInterval(() => setRates(meter.rates(performance.now())), RATES_MS);
    return () => clearInterval(timer);
  }, [meter]);

  const clients = shown.of === roster ? shown.clients : NOBODY;
  return { clients, count, isCut: roster.isFull, rates, feed, reading };
}

const NOBODY: Client[] = [];

/** When events begin to come, again, after a cut; and when the registry counts others than are here. */
function useReadAgain(
  { refetch, isFetching }: UseQueryResult<null>,
  isLive: boolean,
  count: number | undefined,
  shown: number | undefined,
): void {
  useEffect(() => {
    if (isLive) void refetch();
  }, [isLive, refetch]);
  const differs = !isFetching && count !== undefined && shown !== undefined && count !== shown;
  useEffect(() => {
    if (!differs) return;
    const timer = setTimeout(() => void refetch(), 2 * COUNT_MS);
    return () => clearTimeout(timer);
  }, [differs, refetch]);
}
