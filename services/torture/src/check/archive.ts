/** What stands in the stream: the other side of every comparison. */
import {
  type BroadcastEvent,
  type ConnectedEvent,
  decodeEvent,
  type DeliveredEvent,
  type DisconnectedEvent,
  type GatewayEvent,
  MalformedEventError,
  type MessageEvent,
  subjectsOf,
} from '@wscm/contracts';
import { AckPolicy, DeliverPolicy, type JsMsg, type NatsConnection } from 'nats';

const subjects = subjectsOf('wscm');
const BATCH = 1_000;
const BATCH_MS = 5_000;

/** One client's events, each once, in the order in which they stand in the stream. */
export interface ClientEvents {
  connected: ConnectedEvent[];
  messages: MessageEvent[];
  delivered: DeliveredEvent[];
  disconnected: DisconnectedEvent[];
}

export class Archive {
  /** Events that can't be read; there are only those that a fault put there. */
  malformed = 0;
  /** Events that stand in the stream twice. */
  repeated = 0;
  private readonly clients = new Map<string, ClientEvents>();
  private readonly gateways = new Map<string, BroadcastEvent[]>();
  private readonly seen = new Set<string>();
  private created = '';
  private next = 1;

  constructor(private readonly nats: NatsConnection) {}

  /** Reads on, to the end of the stream. Resolves with how many events it read. */
  async read(): Promise<number> {
    const jsm = await this.nats.jetstreamManager();
    const { state, created } = await jsm.streams.info(subjects.stream);
    if (created !== this.created) this.next = 1;
    this.created = created;
    this.next = Math.max(this.next, state.first_seq);
    if (state.last_seq < this.next) return 0;
    const { name } = await jsm.consumers.add(subjects.stream, {
      ack_policy: AckPolicy.None,
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: this.next,
      mem_storage: true,
    });
    const from = this.next;
    const consumer = await this.nats.jetstream().consumers.get(subjects.stream, name);
    while (this.next <= state.last_seq) {
      const batch = await consumer.fetch({ max_messages: BATCH, expires: BATCH_MS });
      for await (const message of batch) this.take(message);
    }
    await jsm.consumers.delete(subjects.stream, name);
    return this.next - from;
  }

  /** Makes room in the stream: nobody needs again what is in effect and was read here. */
  async purge(): Promise<void> {
    const jsm = await this.nats.jetstreamManager();
    const { ack_floor: floor } = await jsm.consumers.info(subjects.stream, subjects.consumer);
    await jsm.streams.purge(subjects.stream, { seq: Math.min(floor.stream_seq, this.next - 1) });
  }

  of(replyId: string): ClientEvents {
    return this.clients.get(replyId) ?? { connected: [], messages: [], delivered: [], disconnected: [] };
  }

  broadcastsOf(gatewayId: string): readonly BroadcastEvent[] {
    return this.gateways.get(gatewayId) ?? [];
  }

  forget(replyIds: Iterable<string>): void {
    for (const replyId of replyIds) this.clients.delete(replyId);
  }

  private take(message: JsMsg): void {
    this.next = message.seq + 1;
    const event = this.decoded(message);
    if (!event) return;
    if (this.seen.has(event.id)) {
      this.repeated++;
      return;
    }
    this.seen.add(event.id);
    if (event.kind === 'broadcast') listOf(this.gateways, event.gatewayId).push(event);
    else this.keep(event);
  }

  private decoded(message: JsMsg): GatewayEvent | null {
    const { subject, data: payload } = message;
    try {
      return decodeEvent({ subject, payload, header: (name) => message.headers?.get(name) ?? '' }, subjects);
    } catch (error) {
      if (!(error instanceof MalformedEventError)) throw error;
      this.malformed++;
      return null;
    }
  }

  private keep(event: Exclude<GatewayEvent, BroadcastEvent>): void {
    const events = this.of(event.replyId);
    this.clients.set(event.replyId, events);
    if (event.kind === 'connected') events.connected.push(event);
    else if (event.kind === 'message') events.messages.push(event);
    else if (event.kind === 'delivered') events.delivered.push(event);
    else events.disconnected.push(event);
  }
}

function listOf<T>(lists: Map<string, T[]>, key: string): T[] {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  return list;
}
