/** An event on its way to those who listen by HTTP: what their filters look at, and the text that all of them get. */
import type { StoredEvent } from '@wscm/bus';
import {
  decodeEvent,
  type EventKind,
  type EventQuery,
  type GatewayEvent,
  kindsOf,
  MalformedEventError,
  parseReplyId,
  shownEvent,
  type Subjects,
} from '@wscm/contracts';

export class FeedEvent {
  readonly kind: EventKind;
  /** Null for a broadcast. */
  readonly replyId: string | null;
  readonly gatewayId: string;
  /** Of the client's connect; null where it can't be found out, undefined where nobody has tried. */
  path: string | null | undefined;
  private encoded: Buffer | undefined;

  constructor(
    readonly seq: number,
    private readonly event: GatewayEvent,
  ) {
    this.kind = event.kind;
    this.replyId = event.kind === 'broadcast' ? null : event.replyId;
    this.gatewayId = event.kind === 'broadcast' ? event.gatewayId : (parseReplyId(event.replyId)?.gatewayId ?? '');
    if (event.kind === 'connected') this.path = event.connected.path;
    if (event.kind === 'broadcast') this.path = null;
  }

  /** As Server-Sent Events have it; made once, however many listen. */
  get block(): Buffer {
    return (this.encoded ??= Buffer.from(
      `id: ${this.seq}\nevent: ${this.kind}\ndata: ${JSON.stringify(shownEvent(this.event))}\n\n`,
    ));
  }
}

/** In the order of the stream, without those that nobody can read (they are dead letters). */
export function readFeed(events: readonly StoredEvent[], subjects: Subjects): FeedEvent[] {
  const read: FeedEvent[] = [];
  for (const stored of events) {
    try {
      read.push(new FeedEvent(stored.streamSeq, decodeEvent(stored, subjects)));
    } catch (error) {
      if (!(error instanceof MalformedEventError)) throw error;
    }
  }
  return read;
}

/** What one listener wants; all that is given must hold. */
export interface FeedFilter {
  /** Any, where there is none. */
  kinds: ReadonlySet<EventKind>;
  replyId: string | undefined;
  gatewayId: string | undefined;
  path: string | undefined;
}

export const filterOf = (query: EventQuery): FeedFilter => ({
  kinds: new Set(kindsOf(query)),
  replyId: query.replyId,
  gatewayId: query.gatewayId,
  path: query.path,
});

export const matches = ({ kinds, replyId, gatewayId, path }: FeedFilter, event: FeedEvent): boolean =>
  (kinds.size === 0 || kinds.has(event.kind)) &&
  (replyId === undefined || event.replyId === replyId) &&
  (gatewayId === undefined || event.gatewayId === gatewayId) &&
  (path === undefined || event.path === path);
