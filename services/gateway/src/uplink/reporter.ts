/** Tells the bus what happens to the sockets: builds each event and puts it into the outbox. */
import {
  type BroadcastEvent,
  type ConnectNumbers,
  encodeConnected,
  encodeEvent,
  eventIds,
  type Frame,
  type GatewayEvent,
  type RequestFacts,
  type Subjects,
} from '@wscm/contracts';
import type { Outbox } from '@wscm/bus';
import { tracing } from '@wscm/tracing';
import type { Hub } from '../hub';
import type { Session } from '../session';
import { timeText } from './time-text';
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

  /** At the connect, and again under each later epoch of the lease. */
  connected(session: Session, epoch: number): void {
    const { replyId, facts } = session;
    const event = {
      kind: 'connected',
      id: eventIds.connected(replyId, epoch),
      source: this.source,
      time: timeText(),
      replyId,
    } as const;
    const numbers: ConnectNumbers = {
      connectOrder: session.connectOrder,
      epoch,
      messagesFromClient: session.messagesFromClient,
      messagesToClient: this.hub.messagesTo(session),
      broadcasts: this.hub.broadcasts,
      order: this.hub.order,
    };
    const encoded = encodeConnected(event, facts, numbers, this.subjects);
    const traces = tracing();
    if (!traces) this.outbox.add(encoded, event.id, replyId);
    else {
      const connected = { ...(JSON.parse(facts) as RequestFacts), ...numbers };
      addTraced(traces, this.outbox, { ...event, connected }, encoded, replyId);
    }
  }

  /** The last message that was counted in `messagesFromClient`. */
  message(session: Session, frame: Frame): void {
    const { replyId, messagesFromClient: seq } = session;
    const id = eventIds.message(replyId, seq);
    this.put({ kind: 'message', id, source: this.source, time: timeText(), replyId, seq, frame }, replyId);
  }

  /** The last message that the hub handed to this client alone. */
  delivered(session: Session, frame: Frame): void {
    const { replyId } = session;
    const { order, broadcasts } = this.hub;
    const seq = this.hub.messagesTo(session);
    const id = eventIds.delivered(replyId, seq);
    const { source } = this;
    this.put({ kind: 'delivered', id, source, time: timeText(), replyId, seq, order, broadcasts, frame }, replyId);
  }

  disconnected(session: Session, code: number, reason: string): void {
    const { replyId, messagesFromClient: seq } = session;
    const id = eventIds.disconnected(replyId);
    const disconnected = { code, reason };
    this.put({ kind: 'disconnected', id, source: this.source, time: timeText(), replyId, seq, disconnected }, replyId);
  }

  /** A broadcast of the hub, and how many sockets took it. */
  broadcast(frame: Frame, numbers: Pick<BroadcastEvent, 'order' | 'seq' | 'delivered'>): void {
    const { gatewayId } = this.hub;
    const id = eventIds.broadcast(gatewayId, numbers.seq);
    const { source } = this;
    this.put({ kind: 'broadcast', id, source, time: timeText(), gatewayId, ...numbers, frame }, gatewayId);
  }

  /** `about`: the client or gateway whose event it is. */
  private put(event: GatewayEvent, about: string): void {
    const encoded = encodeEvent(event, this.subjects);
    const traces = tracing();
    if (traces) addTraced(traces, this.outbox, event, encoded, about);
    else this.outbox.add(encoded, event.id, about);
  }
}
