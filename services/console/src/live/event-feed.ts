/**
 * The registry's live events (Server-Sent Events), for as long as somebody looks. Comes back by itself after every kind of
 * cut, from where it was, and says so.
 */
import { eventKinds, type ShownEvent } from '@wscm/contracts';
import { EventSource, type EventSourceFetchInit, type FetchLikeResponse } from 'eventsource';
import { apiUrl, authorization } from '../api/request';
import { parseLiveEvent } from './event';

export interface FeedFilter {
  /** Without: all kinds. */
  kind?: readonly ShownEvent['kind'][];
  replyId?: string;
  gatewayId?: string;
  path?: string;
}

/** `connecting` at first, `open`, `cut`: it tries again, `refused`: it does not (status 401, 403, 404, …). */
export type FeedState = 'connecting' | 'open' | 'cut' | 'refused';

export interface FeedListener {
  onEvent: (event: ShownEvent) => void;
  onState?: (state: FeedState) => void;
  /** Events may have been lost: what was built from them has to be read anew. */
  onGap?: () => void;
}

export interface EventFeed {
  close: () => void;
}

const RETRY_MS = 2_000;
/** The registry says something every 15 seconds at least. */
const SILENCE_MS = 40_000;
/** Browsers have six connections for all tabs together: a tab that nobody sees gives its own back, or takes none yet. */
const HIDDEN_MS = 20_000;
/** Of a longer pause there is too much to catch up with. */
const MAX_PAUSE_MS = 60_000;

export function openEventFeed(filter: FeedFilter, listener: FeedListener): EventFeed {
  const feed = new Feed(filter, listener);
  return { close: () => feed.close() };
}

class Feed {
  private source: EventSource | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private hiding: ReturnType<typeof setTimeout> | undefined;
  private pausedAt: number | null = null;
  private lastEventId = '';
  private closed = false;

  constructor(
    private readonly filter: FeedFilter,
    private readonly listener: FeedListener,
  ) {
    this.listener.onState?.('connecting');
    if (document.hidden) this.pausedAt = Date.now();
    else this.open();
    document.addEventListener('visibilitychange', this.onVisibility);
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.hiding);
    document.removeEventListener('visibilitychange', this.onVisibility);
    this.end();
  }

  private readonly onVisibility = (): void => {
    clearTimeout(this.hiding);
    if (document.hidden) this.hiding = setTimeout(() => this.pause(), HIDDEN_MS);
    else this.resume();
  };

  private pause(): void {
    this.pausedAt = Date.now();
    this.end();
    this.tell('cut');
  }

  private resume(): void {
    if (this.pausedAt === null) return;
    // Who has heard nothing yet can't go on from there.
    if (this.lastEventId === '' || Date.now() - this.pausedAt > MAX_PAUSE_MS) this.lose();
    this.pausedAt = null;
    this.open();
  }

  /** Goes on from now, whatever was before. */
  private lose(): void {
    this.lastEventId = '';
    this.listener.onGap?.();
  }

  private end(): void {
    clearTimeout(this.timer);
    this.source?.close();
    this.source = null;
  }

  private open(): void {
    this.end();
    const { kind, ...rest } = this.filter;
    const url = apiUrl('v1/events', { ...rest, kind: kind?.join(',') });
    const source = new EventSource(url, { fetch: (input, init) => this.fetch(input, init) });
    this.source = source;
    source.addEventListener('open', () => this.tell('open'));
    source.addEventListener('error', ({ code }) => this.onError(code));
    source.addEventListener('overflow', () => this.onOverflow());
    source.addEventListener('gap', () => this.listener.onGap?.());
    for (const each of eventKinds)
      source.addEventListener(each, ({ data, lastEventId }) => this.onEvent(String(data), lastEventId));
  }

  /** With the key, from the last event, and with an eye on silence: a dead connection does not say that it is dead. */
  private async fetch(input: string | URL, init: EventSourceFetchInit): Promise<FetchLikeResponse> {
    const headers = new Headers({ ...init.headers, ...authorization() });
    if (this.lastEventId !== '') headers.set('last-event-id', this.lastEventId);
    const response = await fetch(input, { ...init, headers });
    const body = response.body?.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform: (chunk, controller) => {
          this.watch();
          controller.enqueue(chunk);
        },
      }),
    );
    this.watch();
    const { url, status, redirected } = response;
    return { url, status, redirected, headers: response.headers, body: body ?? null };
  }

  private watch(): void {
    clearTimeout(this.timer);
    if (!this.closed) this.timer = setTimeout(() => this.reopen(0), SILENCE_MS);
  }

  private onEvent(data: string, lastEventId: string): void {
    this.lastEventId = lastEventId;
    const event = parseLiveEvent(data);
    if (event) this.listener.onEvent(event);
  }

  /** The library tries again by itself unless the registry, or a proxy before it, has answered with a status. */
  private onError(code: number | undefined): void {
    if (this.closed) return;
    if (code !== undefined && code >= 400 && code < 500 && code !== 408 && code !== 429) this.refuse();
    else if (this.source?.readyState === EventSource.CLOSED) this.reopen(RETRY_MS);
    else this.tell('cut');
  }

  private refuse(): void {
    this.end();
    this.tell('refused');
  }

  /** Too slow to read what happened: begins at now. */
  private onOverflow(): void {
    this.lose();
    this.reopen(RETRY_MS);
  }

  private reopen(afterMs: number): void {
    this.end();
    this.tell('cut');
    this.timer = setTimeout(() => this.open(), afterMs);
  }

  private tell(state: FeedState): void {
    if (!this.closed) this.listener.onState?.(state);
  }
}
