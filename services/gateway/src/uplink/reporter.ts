/** Tells the bus what happens to the sockets: builds each event and puts it into the outbox. */
import {
  type BroadcastEvent,
  type Connected,
  encodeEvent,
  eventIds,
  type Frame,
  type GatewayEvent,
  type Subjects,
} from '@wscm/contracts';
import type { Outbox } from '@wscm/bus';
import { tracing } from '@wscm/tracing';
import type { Hub } from '../hub';
import type { Session } from '../session';
import type { RequestFacts } from './connect-facts';
import { addTraced } from './traced-event';

export class Reporter {
  private readonly source: string;

  constructor(
    private readonly hub: Hub,
    private readonly outbox: Outbox,
    private readonly subjects: Subjects,
  ) {
    this.source = `/gateways/${hub.gatewayId}`;
  }

  /** At the connect. */
  connected(session: Session, facts: RequestFacts, epoch: number): void {
    const connected: Connected = {
      ...facts,
      connectOrder: session.connectOrder,
      epoch,
      messagesFromClient: session.messagesFromClient,
      messagesToClient: this.hub.messagesTo(session),
      broadcasts: this.hub.broadcasts,
      order: this.hub.order,
    };
    this.report(session, { kind: 'connected', id: eventIds.connected(session.replyId, epoch), connected });
  }

  /** Again under a later epoch of the lease. */
  stillConnected(session: Session, epoch: number): void {
    this.connected(session, JSON.parse(session.facts) as RequestFacts, epoch);
  }

  /** The last message that was counted in `messagesFromClient`. */
  message(session: Session, frame: Frame): void {
    const seq = session.messagesFromClient;
    this.report(session, { kind: 'message', id: eventIds.message(session.replyId, seq), seq, frame });
  }

  /** The last message that the hub handed to this client alone. */
  delivered(session: Session, frame: Frame): void {
    const { order, broadcasts } = this.hub;
    const seq = this.hub.messagesTo(session);
    const id = eventIds.delivered(session.replyId, seq);
    this.report(session, { kind: 'delivered', id, seq, order, broadcasts, frame });
  }

  disconnected(session: Session, code: number, reason: string): void {
    const seq = session.messagesFromClient;
    const id = eventIds.disconnected(session.replyId);
    this.report(session, { kind: 'disconnected', id, seq, disconnected: { code, reason } });
  }

  /** A broadcast of the hub, and how many sockets took it. */
  broadcast(frame: Frame, numbers: Pick<BroadcastEvent, 'order' | 'seq' | 'delivered'>): void {
    const { gatewayId } = this.hub;
    const id = eventIds.broadcast(gatewayId, numbers.seq);
    this.put({ kind: 'broadcast', id, ...this.origin(), gatewayId, ...numbers, frame });
  }

  private report(session: Session, event: WithoutOrigin<GatewayEvent>): void {
    this.put({ ...event, ...this.origin(), replyId: session.replyId });
  }

  private origin(): { source: string; time: string } {
    return { source: this.source, time: new Date().toISOString() };
  }

  private put(event: GatewayEvent): void {
    const about = event.kind === 'broadcast' ? event.gatewayId : event.replyId;
    const encoded = encodeEvent(event, this.subjects);
    const traces = tracing();
    if (traces) addTraced(traces, this.outbox, event, encoded, about);
    else this.outbox.add(encoded, event.id, about);
  }
}

/** An event without what is the same for all of one client's. */
type WithoutOrigin<E> = E extends { replyId: string } ? Omit<E, 'source' | 'time' | 'replyId'> : never;
