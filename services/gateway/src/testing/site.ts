/** Gateways in the test's process, seen from outside: a NATS of their own, and a registry that only answers leases. */
import { randomBytes } from 'node:crypto';
import type { LeaseRenewal } from '@wscm/contracts';
import { freePort } from '@wscm/system';
import { eventually, startTestNats, TestClient, type TestServer } from '@wscm/testing';
import { connect, headers as newHeaders, type JsMsg, type Msg, type NatsConnection, type Subscription } from 'nats';
import { startGateway } from '../gateway';
import { RawClient } from './raw-client';

export interface TestGateway {
  port: number;
  adminPort: number;
  /** Of its WebSocket side, without a slash at the end. */
  url: string;
  stop(): Promise<void>;
  hurry(): void;
}

/** An event as the stream holds it. */
export interface StoredEvent {
  subject: string;
  kind: string;
  /** The replyId, or a broadcast's gatewayId. */
  about: string;
  headers: Record<string, string>;
  data: Buffer;
}

export type Renewal = LeaseRenewal;

export interface Readiness {
  status: number;
  checks: Record<string, string>;
}

type ConnectOptions = Parameters<typeof TestClient.connect>[1];

/** Hooks that give each test fresh subjects and streams, and end what it started. */
export function siteForEachTest(): Site {
  const site = new Site();
  beforeAll(() => site.startNats());
  beforeEach(() => site.open());
  afterEach(() => site.close());
  afterAll(() => site.stopNats());
  return site;
}

export class Site {
  nats!: TestServer;
  connection!: NatsConnection;
  /** The first token of every subject. */
  prefix = '';
  readonly renewals: Renewal[] = [];
  readonly releases: Pick<Renewal, 'gatewayId' | 'epoch'>[] = [];
  /** What the registry answers to a renewal; `refused`: that it can't now; undefined: it keeps silent. */
  leaseAnswer: (renewal: Renewal) => object | 'refused' | undefined = () => ({ result: 'renewed' });
  /** What it answers to a release, likewise. */
  releaseAnswer: () => 'released' | 'refused' | undefined = () => 'released';
  private registry: Subscription[] = [];
  private readonly gateways: TestGateway[] = [];
  private readonly clients: { cut(): void }[] = [];

  async startNats(): Promise<void> {
    this.nats = await startTestNats();
  }

  stopNats(): Promise<void> {
    return this.nats.stop();
  }

  async open(): Promise<void> {
    this.prefix = `t${randomBytes(6).toString('hex')}`;
    this.leaseAnswer = () => ({ result: 'renewed' });
    this.releaseAnswer = () => 'released';
    for (const list of [this.renewals, this.releases, this.gateways, this.clients]) list.length = 0;
    this.connection = await connect({ servers: this.nats.url, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
    this.answerLeases();
    await this.connection.flush();
  }

  async close(): Promise<void> {
    for (const client of this.clients) client.cut();
    await Promise.allSettled(this.gateways.map((gateway) => gateway.stop()));
    await this.connection.close();
  }

  /** Resolves when it takes connections; that it is ready is another matter. */
  async startGateway(env: Record<string, string> = {}): Promise<TestGateway> {
    const port = await freePort();
    const adminPort = await freePort();
    const service = await startGateway({
      NATS_URL: this.nats.url,
      WSCM_PREFIX: this.prefix,
      GATEWAY_PORT: String(port),
      GATEWAY_ADMIN_PORT: String(adminPort),
      LOG_LEVEL: 'silent',
      DRAIN_TIMEOUT_MS: '5000',
      ...env,
    });
    const gateway = {
      port,
      adminPort,
      url: `ws://127.0.0.1:${port}`,
      stop: () => service.stop(),
      hurry: () => service.hurry(),
    };
    this.gateways.push(gateway);
    return gateway;
  }

  async connect(gateway: TestGateway, path = '/', options: ConnectOptions = {}): Promise<TestClient> {
    const client = await TestClient.connect(`${gateway.url}${path}`, options);
    this.clients.push(client);
    return client;
  }

  connectMany(gateway: TestGateway, count: number): Promise<TestClient[]> {
    return Promise.all(Array.from({ length: count }, () => this.connect(gateway)));
  }

  /** A TCP connection on which nothing was said yet. */
  async connectRaw(gateway: TestGateway): Promise<RawClient> {
    const client = await RawClient.connect(gateway.port);
    this.clients.push(client);
    return client;
  }

  /** Sends a registry's command about one socket to its gateway, and waits for the answer. */
  async command(
    verb: 'send' | 'disconnect',
    replyId: string,
    data: string | Uint8Array,
    headers: Record<string, string> = {},
  ): Promise<unknown> {
    const [gatewayId, socketId] = replyId.split('.');
    const subject = `${this.prefix}.commands.${gatewayId}.${verb}.${socketId}`;
    const answer = await this.connection.request(subject, data, { timeout: 5_000, headers: natsHeaders(headers) });
    return answer.json();
  }

  /** Broadcasts, and waits for the answers of so many gateways. */
  async broadcast(
    data: string | Uint8Array,
    gateways = 1,
    headers: Record<string, string> = {},
  ): Promise<{ gatewayId: string; delivered: number; dropped: number }[]> {
    const inbox = `${this.prefix}.answers.${randomBytes(6).toString('hex')}`;
    const answers = this.connection.subscribe(inbox, { max: gateways });
    this.publishCommand('all.broadcast', data, { reply: inbox, headers });
    const all = [];
    for await (const answer of answers)
      all.push(answer.json<{ gatewayId: string; delivered: number; dropped: number }>());
    return all;
  }

  /** `command`: what follows `commands.` in the subject. */
  publishCommand(
    command: string,
    data: string | Uint8Array,
    { reply, headers = {} }: { reply?: string; headers?: Record<string, string> } = {},
  ): void {
    const options = { headers: natsHeaders(headers), ...(reply ? { reply } : {}) };
    this.connection.publish(`${this.prefix}.commands.${command}`, data, options);
  }

  /** What the stream holds, oldest first. `filter`: what follows `events.` in the subject. */
  events(filter = '>'): Promise<StoredEvent[]> {
    return eventually(() => this.readEvents(filter));
  }

  /** Rejects where NATS is away, and where it gives fewer than it says to have. */
  private async readEvents(filter: string): Promise<StoredEvent[]> {
    const stream = `${this.prefix.toUpperCase()}_EVENTS`;
    const consumer = await this.connection
      .jetstream()
      .consumers.get(stream, { filterSubjects: `${this.prefix}.events.${filter}` });
    const { num_pending: count } = await consumer.info();
    if (count === 0) return [];
    const events = [];
    for await (const message of await consumer.fetch({ max_messages: count, expires: 5_000 }))
      events.push(this.toStoredEvent(message));
    if (events.length < count) throw new Error(`${events.length} of ${count} stored events have come`);
    return events;
  }

  /** Waits until the stream holds at least so many, and gives all there are. */
  async untilEvents(filter: string, count: number): Promise<StoredEvent[]> {
    return eventually(async () => {
      const events = await this.events(filter);
      if (events.length < count) throw new Error(`${events.length} of ${count} events ${filter} are stored`);
      return events;
    });
  }

  /** The one event of this kind about this client. */
  async untilEvent(kind: string, replyId: string): Promise<StoredEvent> {
    const events = await this.untilEvents(`${kind}.${replyId}`, 1);
    expect(events).toHaveLength(1);
    return events[0]!;
  }

  async untilReadiness(gateway: TestGateway, expected: Readiness): Promise<void> {
    await eventually(async () => expect(await readinessOf(gateway)).toEqual(expected), 15_000);
  }

  /** From then on nobody answers to renewals and releases. */
  async endRegistry(): Promise<void> {
    for (const subscription of this.registry) subscription.unsubscribe();
    await this.connection.flush();
  }

  private answerLeases(): void {
    const answer = (message: Msg) => {
      const renewal = message.json<Renewal>();
      this.renewals.push(renewal);
      const reply = this.leaseAnswer(renewal);
      if (reply === 'refused') refuse(message);
      else if (reply) message.respond(JSON.stringify(reply));
    };
    const release = (message: Msg) => {
      this.releases.push(message.json());
      const reply = this.releaseAnswer();
      if (reply === 'refused') refuse(message);
      else if (reply) message.respond(JSON.stringify({ result: reply }));
    };
    this.registry = Object.entries({ renew: answer, release }).map(([verb, callback]) =>
      this.connection.subscribe(`${this.prefix}.leases.${verb}`, { callback: (_error, message) => callback(message) }),
    );
  }

  private toStoredEvent(message: JsMsg): StoredEvent {
    const [kind = '', ...about] = message.subject.slice(`${this.prefix}.events.`.length).split('.');
    const headers = Object.fromEntries(
      (message.headers?.keys() ?? []).map((name) => [name, message.headers!.get(name)]),
    );
    return { subject: message.subject, kind, about: about.join('.'), headers, data: Buffer.from(message.data) };
  }
}

const refuse = (message: Msg) => message.respond('', { headers: natsHeaders({ 'Nats-Service-Error-Code': '503' }) });

export const allFine: Readiness = {
  status: 200,
  checks: { nats: 'ok', lease: 'ok', stream: 'ok', outbox: 'ok', accepting: 'ok' },
};

export async function readinessOf(gateway: TestGateway): Promise<Readiness> {
  const response = await fetch(`http://127.0.0.1:${gateway.adminPort}/readyz`);
  const { checks } = (await response.json()) as Pick<Readiness, 'checks'>;
  return { status: response.status, checks };
}

/** The value of a metric without labels, or with them as Prometheus writes them. */
export async function metricOf(gateway: TestGateway, name: string): Promise<number | undefined> {
  const response = await fetch(`http://127.0.0.1:${gateway.adminPort}/metrics`);
  const line = (await response.text()).split('\n').find((each) => each.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(name.length + 1));
}

/** An event's payload as the JSON that it is. */
export const jsonOf = (event: StoredEvent): Record<string, unknown> =>
  JSON.parse(event.data.toString()) as Record<string, unknown>;

export const seqsOf = (events: StoredEvent[]): number[] => events.map(({ headers }) => Number(headers['wscm-seq']));

export const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

export const gatewayIdOf = ({ replyId }: { replyId: string }): string => replyId.split('.')[0]!;

function natsHeaders(headers: Record<string, string>) {
  const encoded = newHeaders();
  for (const [name, value] of Object.entries(headers)) encoded.set(name, value);
  return encoded;
}
