/** One client as a hook: read, kept up to date by its events, and kept as it was when it has left. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { Client, ShownEvent } from '@wscm/contracts';
import { useState } from 'react';
import { getClient } from '../../api/clients';
import { ApiError } from '../../api/request';
import type { FeedState } from '../../live/event-feed';
import { useEventFeed } from '../../live/use-event-feed';
import { laterOf, withEvent } from '../../live/with-event';
import { LOG_LENGTH, type LogEntry, toLog } from './traffic';

const READ_LIVE_MS = 15_000;
const READ_CUT_OFF_MS = 3_000;

/** How it left; nothing more than that it has, where only the registry's list tells. */
export type Leaving = { code: number; reason: string; time: string } | 'unknown';

export interface ClientView {
  /** Undefined until it is read, or where there is none. */
  client: Client | undefined;
  left: Leaving | null;
  log: LogEntry[];
  clearLog: () => void;
  feed: FeedState;
  /** Also while it is tried again, where nothing has been read yet. */
  error: unknown;
  refetch: () => void;
}

export function useClient(replyId: string): ClientView {
  const queries = useQueryClient();
  const queryKey = ['client', replyId];
  const [left, setLeft] = useState<Leaving | null>(null);
  const [log, setLog] = useState<LogEntry[]>([]);

  const onEvents = (events: ShownEvent[]) => {
    setLog((before) => [...before, ...toLog(events)].slice(-LOG_LENGTH));
    for (const event of events) applyEvent(event);
  };
  const applyEvent = (event: ShownEvent) => {
    if (event.kind === 'disconnected') setLeft({ code: event.code, reason: event.reason, time: event.time });
    else if (event.kind === 'connected') setLeft(null);
    else queries.setQueryData<Client>(queryKey, (known) => known && withEvent(known, event));
  };
  const feed = useEventFeed({ replyId }, { onEvents, onGap: () => void query.refetch() });
  // A broadcast is told once for all clients of a gateway.
  const gatewayId = replyId.split('.')[0] ?? '';
  useEventFeed(left === null ? { gatewayId, kind: ['broadcast'] } : null, { onEvents });

  const query = useQuery({
    queryKey,
    queryFn: async ({ signal }) => {
      const read = await getClient(replyId, signal);
      setLeft(null);
      const known = queries.getQueryData<Client>(queryKey);
      return known ? laterOf(known, read) : read;
    },
    refetchInterval: ({ state }) => (isGone(state.error) ? false : feed === 'open' ? READ_LIVE_MS : READ_CUT_OFF_MS),
  });
  const hasVanished = isGone(query.error) && query.data !== undefined;
  return {
    client: query.data,
    left: left ?? (hasVanished ? 'unknown' : null),
    log,
    clearLog: () => setLog([]),
    feed,
    error: query.error ?? (query.isPending ? query.failureReason : null),
    refetch: () => void query.refetch(),
  };
}

export const isGone = (error: unknown): boolean =>
  error instanceof ApiError && (error.status === 404 || error.status === 410);
