/**
 * Made-up lives of gateways: their clients connect, talk, are sent to, are lost and announced again, and leave. What a
 * gateway would tell of it, and what a reader should see in the end, reckoned apart from the code under test.
 */
import type { BroadcastEvent, Client, ClientEvent, Connected, Frame } from '@wscm/contracts';
import { eventIds, GATEWAY_LOST, newGatewayId } from '@wscm/contracts';
import fc from 'fast-check';

export interface ClientLife {
  replyId: string;
  /** In the order in which they happened. */
  events: ClientEvent[];
  /** As `GET /v1/clients/{replyId}` should show it while it is live. */
  truth: Client;
  state: 'live' | 'lost' | 'closed';
}

export interface GatewayLife {
  gatewayId: string;
  clients: ClientLife[];
  broadcasts: BroadcastEvent[];
}

type Upgrade = Pick<Client, 'path' | 'query' | 'headers' | 'remoteAddress' | 'user'>;

type StepOfOne =
  | { step: 'message' | 'send'; who: number; frame: Frame }
  | { step: 'close'; who: number; code: number; reason: string };

type Step =
  | { step: 'connect'; upgrade: Upgrade }
  | { step: 'broadcast'; frame: Frame }
  | { step: 'lose' | 'announce' }
  | StepOfOne;

const awkwardText = fc.oneof(
  fc.constantFrom('', '$', '$$NOW', '$state', '$sync.rank', 'a.b', '{"$gt":""}', '__proto__', '\0', '🦉'),
  fc.string({ unit: 'binary', maxLength: 8 }),
);

const awkwardKey = fc.oneof(
  fc.constantFrom('', '$set', '$id', '$db', '$where', 'a.b', '.', '_id', '__proto__', 'constructor', 'toString'),
  fc.string({ maxLength: 4 }),
);

/** `__proto__` becomes a field of its own, as `JSON.parse` makes it. */
const fields = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<Record<string, T>> =>
  fc
    .array(fc.tuple(awkwardKey, value), { maxLength: 3 })
    .map((entries) => Object.fromEntries(entries) as Record<string, T>);

const upgrade: fc.Arbitrary<Upgrade> = fc.record({
  path: awkwardText,
  query: fields(fc.oneof(awkwardText, fc.array(awkwardText, { maxLength: 2 }))),
  headers: fields(awkwardText),
  remoteAddress: fc.constantFrom('127.0.0.1', '::1'),
  user: fc.option(awkwardText),
});

export const frame: fc.Arbitrary<Frame> = fc.oneof(
  awkwardText.map((text): Frame => ({ type: 'text', data: Buffer.from(text) })),
  fc.uint8Array({ maxLength: 8 }).map((data): Frame => ({ type: 'binary', data })),
);

const who = fc.nat(2);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ step: fc.constant('connect' as const), upgrade }) },
  { weight: 6, arbitrary: fc.record({ step: fc.constantFrom('message' as const, 'send' as const), who, frame }) },
  { weight: 3, arbitrary: fc.record({ step: fc.constant('broadcast' as const), frame }) },
  { weight: 2, arbitrary: fc.record({ step: fc.constantFrom('lose' as const, 'announce' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      step: fc.constant('close' as const),
      who,
      code: fc.constantFrom(1000, 1006, 4500),
      reason: awkwardText,
    }),
  },
);

/** At least one client connects. The ids are new ones each time, so that one database does for many runs. */
export const gatewayLife: fc.Arbitrary<GatewayLife> = fc
  .tuple(fc.array(step, { maxLength: 3 }), upgrade, fc.array(step, { minLength: 2, maxLength: 20 }))
  .map(([before, first, after]) => {
    const gateway = new MadeUpGateway(newGatewayId());
    for (const each of [...before, { step: 'connect', upgrade: first } as const, ...after]) gateway.live(each);
    return gateway.life();
  });

/** Counts as `Hub` does, and tells what `Reporter` does, of the gateway service. */
class MadeUpGateway {
  private readonly clients: MadeUpClient[] = [];
  private readonly told: BroadcastEvent[] = [];
  private order = 0;
  private epoch = 1;
  private lost = false;
  private now = Date.parse('2026-11-23T05:00:00.000Z');

  constructor(private readonly gatewayId: string) {}

  life(): GatewayLife {
    const clients = this.clients.map(({ life }) => life);
    return { gatewayId: this.gatewayId, clients, broadcasts: this.told };
  }

  live(step: Step): void {
    this.now += 7;
    if (step.step === 'connect') this.connect(step.upgrade);
    else if (step.step === 'broadcast') this.broadcast(step.frame);
    else if ('who' in step) this.about(step);
    else if (step.step === 'lose') this.lose();
    else this.announce();
  }

  private get time(): string {
    return new Date(this.now).toISOString();
  }

  private connect(upgrade: Upgrade): void {
    const { gatewayId, time, order } = this;
    const replyId = `${gatewayId}.socket-${this.clients.length}`;
    const client = new MadeUpClient(
      {
        ...{ replyId, gatewayId, connectedAt: time, ...upgrade },
        ...{ messagesFromClient: 0, messagesToClient: 0, lastMessageFromClient: null, lastMessageToClient: null },
      },
      order,
    );
    this.clients.push(client);
    this.tellConnected(client);
    if (this.lost) this.tellLost(client);
  }

  private about(step: StepOfOne): void {
    const open = this.clients.filter(({ life }) => life.state !== 'closed');
    const client = open[step.who % Math.max(1, open.length)];
    if (!client) return;
    if (step.step === 'close') this.close(client, step.code, step.reason);
    else if (step.step === 'message') this.message(client, step.frame);
    else this.send(client, step.frame);
  }

  private message(client: MadeUpClient, frame: Frame): void {
    const { truth } = client.life;
    const seq = ++truth.messagesFromClient;
    truth.lastMessageFromClient = { seq, ...shown(frame), time: this.time };
    client.tell({ kind: 'message', ...this.base(eventIds.message(truth.replyId, seq)), seq, frame });
  }

  private send(client: MadeUpClient, frame: Frame): void {
    const { truth } = client.life;
    const order = ++this.order;
    const seq = ++truth.messagesToClient;
    truth.lastMessageToClient = { seq, ...shown(frame), time: this.time, via: 'send' };
    const base = this.base(eventIds.delivered(truth.replyId, seq));
    client.tell({ kind: 'delivered', ...base, seq, order, broadcasts: this.told.length, frame });
  }

  private broadcast(frame: Frame): void {
    const order = ++this.order;
    const seq = this.told.length + 1;
    const { gatewayId, time } = this;
    this.told.push({
      kind: 'broadcast',
      ...this.base(eventIds.broadcast(gatewayId, seq)),
      gatewayId,
      seq,
      order,
      frame,
    });
    for (const { life } of this.clients.filter(({ life: { state } }) => state !== 'closed')) {
      const seqOfClient = ++life.truth.messagesToClient;
      life.truth.lastMessageToClient = { seq: seqOfClient, ...shown(frame), time, via: 'broadcast' };
    }
  }

  private lose(): void {
    if (this.lost) return;
    this.lost = true;
    for (const client of this.clients) if (client.life.state === 'live') this.tellLost(client);
  }

  private announce(): void {
    if (!this.lost) return;
    this.lost = false;
    this.epoch++;
    for (const client of this.clients) if (client.life.state !== 'closed') this.tellConnected(client);
  }

  private close(client: MadeUpClient, code: number, reason: string): void {
    const { replyId, messagesFromClient: seq } = client.life.truth;
    client.life.state = 'closed';
    client.tell({
      kind: 'disconnected',
      ...this.base(eventIds.disconnected(replyId)),
      seq,
      disconnected: { code, reason },
    });
  }

  private tellConnected(client: MadeUpClient): void {
    const { truth } = client.life;
    const { connectedAt, path, query, headers, remoteAddress, user, messagesFromClient, messagesToClient } = truth;
    const connected: Connected = {
      ...{ connectedAt, path, query, headers, remoteAddress, user, connectOrder: client.connectOrder },
      ...{ epoch: this.epoch, messagesFromClient, messagesToClient, broadcasts: this.told.length, order: this.order },
    };
    client.life.state = 'live';
    client.tell({ kind: 'connected', ...this.base(eventIds.connected(truth.replyId, this.epoch)), connected });
  }

  private tellLost(client: MadeUpClient): void {
    const { epoch } = this;
    const base = this.base(eventIds.gatewayLost(client.life.replyId, epoch));
    client.life.state = 'lost';
    client.tell({ kind: 'disconnected', ...base, seq: 0, disconnected: { code: 1006, reason: GATEWAY_LOST, epoch } });
  }

  private base(id: string): { id: string; time: string; source: string } {
    return { id, time: this.time, source: `/gateways/${this.gatewayId}` };
  }
}

class MadeUpClient {
  readonly life: ClientLife;

  constructor(
    truth: Client,
    readonly connectOrder: number,
  ) {
    this.life = { replyId: truth.replyId, events: [], truth, state: 'live' };
  }

  tell(event: WithoutReplyId<ClientEvent>): void {
    this.life.events.push({ ...event, replyId: this.life.replyId });
  }
}

type WithoutReplyId<E> = E extends ClientEvent ? Omit<E, 'replyId'> : never;

const shown = ({ type, data }: Frame): { type: Frame['type']; message: string } => ({
  type,
  message: Buffer.from(data).toString(type === 'text' ? 'utf8' : 'base64'),
});

/** Any order, any repetition, cut into any batches: each a list of indexes of events. */
export const deliveries = (count: number): fc.Arbitrary<number[][]> => {
  const all = Array.from({ length: count }, (_, index) => index);
  return fc
    .array(fc.nat(count - 1), { maxLength: count })
    .chain((again) => {
      const length = count + again.length;
      return fc.shuffledSubarray([...all, ...again], { minLength: length, maxLength: length });
    })
    .chain((order) =>
      fc.array(fc.integer({ min: 1, max: 4 }), { minLength: order.length, maxLength: order.length }).map((sizes) => {
        const left = [...order];
        return sizes.map((size) => left.splice(0, size)).filter((batch) => batch.length > 0);
      }),
    );
};
