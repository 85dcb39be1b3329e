/** The live events as a hook: in batches, so that hundreds a second cost a page a few renderings. */
import type { ShownEvent } from '@wscm/contracts';
import { useSessionStorage } from '@mantine/hooks';
import { useEffect, useEffectEvent, useState } from 'react';
import { API_KEY } from '../api/request';
import { type FeedFilter, type FeedState, openEventFeed } from './event-feed';

const BATCH_MS = 250;

export interface FeedHandlers {
  /** All events of the last quarter of a second, in order; never none. */
  onEvents: (events: ShownEvent[]) => void;
  /** Events may have been lost. */
  onGap?: () => void;
}

/** Opens anew when the filter or the API key changes. `null` for no feed. */
export function useEventFeed(filter: FeedFilter | null, handlers: FeedHandlers): FeedState {
  const [state, setState] = useState<FeedState>('connecting');
  const [key] = useSessionStorage({ key: API_KEY, defaultValue: '', ...asText });
  const onEvents = useEffectEvent(handlers.onEvents);
  const onGap = useEffectEvent(() => handlers.onGap?.());
  const wanted = JSON.stringify(filter);
  useEffect(() => {
    const asked = JSON.parse(wanted) as FeedFilter | null;
    if (asked === null) return;
    let batch: ShownEvent[] = [];
    const feed = openEventFeed(asked, { onEvent: (event) => batch.push(event), onState: setState, onGap });
    const timer = setInterval(() => {
      if (batch.length === 0) return;
      onEvents(batch);
      batch = [];
    }, BATCH_MS);
    return () => {
      clearInterval(timer);
      feed.close();
    };
  }, [wanted, key]);
  return state;
}

/** As it is, and not as JSON. */
export const asText = {
  serialize: (text: string) => text,
  deserialize: (text: string | undefined) => text ?? '',
  getInitialValueInEffect: false,
};
