/**
 * Who is connected, as this page knows it: read from the registry page by page, and kept up to date by live events. Either
 * may tell of a client first, and both may tell of the same: of each message the later one counts.
 */
import type { Client, ClientFilters, ShownEvent } from '@wscm/contracts';
import { laterOf, newClient, withEvent } from '../../live/with-event';

/** As many as a browser's tab holds without trouble. */
export const MAX_CLIENTS = 50_000;
/** So many of those who have left are remembered. */
const MAX_LEFT = 20_000;
/** Of a message: more of it fits into no cell. Whole ones would be gigabytes. */
const PREVIEW_LENGTH = 200;

export class Roster {
  private readonly clients = new Map<string, Client>();
  /** Who has left, the latest last: the registry's list is behind the events, and may still have them. */
  private readonly left = new Set<string>();
  /** Whom only an event has told of so far: the registry's list may not have them yet. */
  private readonly unconfirmed = new Set<string>();
  /** Who was in a page since the reading began. */
  private seen = new Set<string>();

  constructor(private readonly filters: ClientFilters = {}) {}

  get size(): number {
    return this.clients.size;
  }

  get isFull(): boolean {
    return this.clients.size >= MAX_CLIENTS;
  }

  /** All, in no order that means anything. */
  rows(): Client[] {
    return [...this.clients.values()];
  }

  /** Before the first page. */
  beginReading(): void {
    this.seen = new Set();
  }

  /** One page of the registry's list. */
  read(page: readonly Client[]): void {
    for (const client of page) {
      const { replyId } = client;
      this.unconfirmed.delete(replyId);
      this.seen.add(replyId);
      if (!this.left.has(replyId)) this.put(client);
    }
  }

  /** After the last page: whoever was in none has left, except who has only just come. */
  endReading(): void {
    if (this.isFull) return;
    for (const replyId of this.clients.keys())
      if (!this.seen.has(replyId) && !this.unconfirmed.has(replyId)) this.clients.delete(replyId);
  }

  /** Events may have been lost: from now on only the registry's list counts. */
  distrust(): void {
    this.unconfirmed.clear();
    this.left.clear();
  }

  apply(events: readonly ShownEvent[]): void {
    for (const event of events) this.applyOne(event);
  }

  private applyOne(event: ShownEvent): void {
    switch (event.kind) {
      case 'connected':
        this.left.delete(event.replyId);
        if (this.matches(event)) this.welcome(event);
        return;
      case 'disconnected':
        this.clients.delete(event.replyId);
        this.unconfirmed.delete(event.replyId);
        this.remember(event.replyId);
        return;
      case 'broadcast':
        for (const client of this.clients.values()) if (client.gatewayId === event.gatewayId) this.tell(client, event);
        return;
      default: {
        const client = this.clients.get(event.replyId);
        if (client) this.tell(client, event);
      }
    }
  }

  private welcome(event: Extract<ShownEvent, { kind: 'connected' }>): void {
    if (!this.clients.has(event.replyId)) this.unconfirmed.add(event.replyId);
    this.put(newClient(event));
  }

  private remember(replyId: string): void {
    this.left.add(replyId);
    const [oldest] = this.left;
    if (this.left.size > MAX_LEFT && oldest !== undefined) this.left.delete(oldest);
  }

  private tell(client: Client, event: Exclude<ShownEvent, { kind: 'connected' | 'disconnected' }>): void {
    this.clients.set(client.replyId, shortened(withEvent(client, event)));
  }

  private put(client: Client): void {
    const known = this.clients.get(client.replyId);
    if (!known && this.isFull) return;
    this.clients.set(client.replyId, shortened(known ? laterOf(known, client) : client));
  }

  private matches(event: Extract<ShownEvent, { kind: 'connected' }>): boolean {
    const { gatewayId, path, user, remoteAddress } = this.filters;
    return (
      (gatewayId === undefined || event.gatewayId === gatewayId) &&
      (path === undefined || event.path === path) &&
      (user === undefined || event.user === user) &&
      (remoteAddress === undefined || event.remoteAddress === remoteAddress)
    );
  }
}

const preview = (message: string): string => message.slice(0, PREVIEW_LENGTH);

function shortened(client: Client): Client {
  const { lastMessageFromClient: from, lastMessageToClient: to } = client;
  return {
    ...client,
    lastMessageFromClient: from && { ...from, message: preview(from.message) },
    lastMessageToClient: to && { ...to, message: preview(to.message) },
  };
}
