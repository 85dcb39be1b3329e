/** Registries in the test's process, seen from outside: a NATS and a MongoDB of their own, and made-up gateways. */
import { randomBytes } from 'node:crypto';
import { Bus, ensureStreams } from '@wscm/bus';
import { type ConnectFacts, encodeEvent, type GatewayEvent, type LeaseRenewal, newGatewayId } from '@wscm/contracts';
import { type Subjects, subjectsOf } from '@wscm/contracts';
import { freePort } from '@wscm/system';
import { eventually, startTestMongo, startTestNats, type TestServer } from '@wscm/testing';
import { type Db, MongoClient } from 'mongodb';
import { connect, headers as natsHeaders, type JetStreamManager, type NatsConnection, type Subscription } from 'nats';
import { startRegistry } from '../registry';
import type { ClientDocument, GatewayDocument } from '../store/documents';
import { newDatabase } from './store-fixture';

export interface TestRegistry {
  /** Of its HTTP side, without a slash at the end. */
  url: string;
  stop(): Promise<void>;
  hurry(): void;
}

/** What a made-up gateway answers to a command; null: it keeps silent. */
export interface Answers {
  send?: object | null;
  bulkSend?: object | null;
  disconnect?: object | null;
  broadcast?: object | null;
}

/** What a gateway was asked. */
export interface Asked {
  verb: string;
  socketId: string;
  data: Buffer;
  contentType: string;
}

export interface MadeUpGateway {
  gatewayId: string;
  /** All commands so far, in order. */
  asked: Asked[];
}

/** An answer over HTTP. */
export interface HttpAnswer {
  status: number;
  contentType: string;
  retryAfter: string | null;
  /** Parsed where it is JSON, else text; empty for events, which have no end. */
  body: unknown;
}

/** An answer over NATS. */
export interface NatsAnswer {
  /** Of the header `Nats-Service-Error-Code`; empty where all is well. */
  code: string;
  error: string;
  body: unknown;
}

/** Hooks that start one site for all tests of a file. */
export function siteForAllTests(env: Record<string, string> = {}): Site {
  const site = new Site(env);
  beforeAll(() => site.start());
  afterAll(() => site.stop());
  return site;
}

export class Site {
  nats!: TestServer;
  mongo!: TestServer;
  connection!: NatsConnection;
  jsm!: JetStreamManager;
  bus!: Bus;
  db!: Db;
  readonly prefix = `t${randomBytes(6).toString('hex')}`;
  readonly subjects: Subjects = subjectsOf(this.prefix);
  private person!: MongoClient;
  private mongoUrl = '';
  private readonly registries: TestRegistry[] = [];
  private readonly answering: Subscription[] = [];

  constructor(private readonly env: Record<string, string>) {}

  async start(): Promise<void> {
    [this.nats, this.mongo] = await Promise.all([startTestNats(), startTestMongo()]);
    this.mongoUrl = newDatabase(this.mongo.url);
    this.person = await MongoClient.connect(this.mongoUrl);
    this.db = this.person.db();
    this.connection = await connect({ servers: this.nats.url, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
    this.jsm = await this.connection.jetstreamManager();
    this.bus = await Bus.connect({ url: this.nats.url, name: 'test', maxMessageBytes: 1024 });
    await ensureStreams(this.bus, this.subjects);
  }

  async stop(): Promise<void> {
    await this.stopRegistries();
    await this.bus.close();
    await this.connection.close();
    await this.person.close();
    await Promise.all([this.nats.stop(), this.mongo.stop()]);
  }

  async stopRegistries(): Promise<void> {
    await Promise.all(this.registries.splice(0).map((registry) => registry.stop()));
  }

  /** Resolves when it is ready. */
  async startRegistry(env: Record<string, string> = {}): Promise<TestRegistry> {
    const port = await freePort();
    const service = await startRegistry({
      ...{ NATS_URL: this.nats.url, MONGODB_URL: this.mongoUrl, WSCM_PREFIX: this.prefix },
      ...{ REGISTRY_PORT: String(port), LOG_LEVEL: 'silent' },
      ...this.env,
      ...env,
    });
    const scheme = 'REGISTRY_TLS_CERT_FILE' in env ? 'https' : 'http';
    const url = `${scheme}://127.0.0.1:${port}`;
    const registry = { url, stop: () => service.stop(), hurry: () => service.hurry() };
    this.registries.push(registry);
    // Over HTTPS its certificate is made up, which fetch would not take.
    if (scheme === 'http') await eventually(async () => expect((await fetch(`${url}/readyz`)).status).toBe(200));
    return registry;
  }

  /** Puts an event into the stream; resolves with its place there. */
  async put(event: GatewayEvent): Promise<number> {
    const { subject, headers, payload } = encodeEvent(event, this.subjects);
    return this.putRaw(subject, payload, headers, event.id);
  }

  async putRaw(
    subject: string,
    payload: Uint8Array | string,
    headers: Record<string, string> = {},
    id?: string,
  ): Promise<number> {
    const options = { headers: toHeaders(headers), ...(id ? { msgID: id } : {}) };
    return (await this.connection.jetstream().publish(subject, payload, options)).seq;
  }

  /** As `putRaw`, but nothing tells whether the stream has it. */
  publish(subject: string, payload: Uint8Array | string, headers: Record<string, string> = {}): void {
    this.connection.publish(subject, payload, { headers: toHeaders(headers) });
  }

  /** A gateway that answers commands so; those that are not named here have nobody who listens. */
  async addGateway(answers: Answers = {}, options: { lease?: boolean } = {}): Promise<MadeUpGateway> {
    const gateway: MadeUpGateway = { gatewayId: newGatewayId(), asked: [] };
    for (const verb of ['send', 'disconnect'] as const)
      if (answers[verb] !== undefined)
        this.answer(this.subjects.commandsOf(gateway.gatewayId, verb), verb, gateway, answers[verb]);
    if (answers.bulkSend !== undefined)
      this.answer(this.subjects.commandToGateway('bulkSend', gateway.gatewayId), 'bulkSend', gateway, answers.bulkSend);
    if (answers.broadcast !== undefined) {
      const answer = answers.broadcast && { gatewayId: gateway.gatewayId, ...answers.broadcast };
      this.answer(this.subjects.commandToAll('broadcast'), 'broadcast', gateway, answer);
    }
    await this.connection.flush();
    if (options.lease ?? true) await this.renewLease(gateway);
    return gateway;
  }

  /** Forgets its lease, as if it had never been. */
  async forgetLease({ gatewayId }: MadeUpGateway): Promise<void> {
    await this.gateways.deleteOne({ _id: gatewayId });
  }

  /** Ends all gateways: nobody answers for them, and nobody waits for them. */
  async removeGateways(): Promise<void> {
    for (const subscription of this.answering.splice(0)) subscription.unsubscribe();
    await this.connection.flush();
    await this.gateways.deleteMany({});
  }

  /** No gateway listens for broadcasts any more. */
  async silenceBroadcasts(): Promise<void> {
    const subject = this.subjects.commandToAll('broadcast');
    for (const each of this.answering) if (each.getSubject() === subject) each.unsubscribe();
    await this.connection.flush();
  }

  renewLease({ gatewayId }: MadeUpGateway, given: Partial<LeaseRenewal> = {}): Promise<NatsAnswer> {
    const told = { gatewayId, epoch: 1, host: 'made-up', startedAt: new Date().toISOString(), connections: 1 };
    return this.ask('leases.renew', JSON.stringify({ ...told, ...given } satisfies LeaseRenewal));
  }

  /** Stores a client's connect; resolves with its replyId when the client is listed. */
  async connectClient({ gatewayId }: MadeUpGateway, facts: Partial<ConnectFacts> = {}): Promise<string> {
    const replyId = `${gatewayId}.${randomBytes(16).toString('base64url')}`;
    await this.put(connectedEvent(replyId, facts));
    await this.untilStored(replyId, { state: 'live' });
    return replyId;
  }

  /** Stores a client's end; resolves when it is in effect. */
  async disconnectClient(replyId: string): Promise<void> {
    const base = { id: `disconnected-${replyId}`, time: new Date().toISOString(), source: '/gateways/made-up' };
    await this.put({ kind: 'disconnected', ...base, replyId, seq: 0, disconnected: { code: 1000, reason: 'bye' } });
    await this.untilStored(replyId, { state: 'closed' });
  }

  /** Waits until the client's document has these fields. */
  untilStored(replyId: string, fields: object): Promise<void> {
    return eventually(async () => expect(await this.clients.findOne({ replyId })).toMatchObject(fields), 20_000);
  }

  get clients() {
    return this.db.collection<ClientDocument>('clients');
  }

  get gateways() {
    return this.db.collection<GatewayDocument>('gateways');
  }

  /** The database of MongoDB's own. */
  get admin(): Db {
    return this.person.db('admin');
  }

  /** Asks an endpoint of the NATS service, e.g. `clients.list`. */
  async ask(
    endpoint: string,
    data: string | Uint8Array = '',
    headers: Record<string, string> = {},
  ): Promise<NatsAnswer> {
    const subject = `${this.prefix}.${endpoint}`;
    const answer = await this.connection.request(subject, data, { timeout: 10_000, headers: toHeaders(headers) });
    const header = (name: string) => answer.headers?.get(name) ?? '';
    const { length } = answer.data;
    return {
      code: header('Nats-Service-Error-Code'),
      error: header('Nats-Service-Error'),
      body: length === 0 ? undefined : answer.json(),
    };
  }

  private answer(subject: string, verb: string, gateway: MadeUpGateway, answer: object | null): void {
    const subscription = this.connection.subscribe(subject, {
      callback: (_, message) => {
        const socketId = message.subject.split('.')[4] ?? '';
        const contentType = message.headers?.get('content-type') ?? '';
        gateway.asked.push({ verb, socketId, data: Buffer.from(message.data), contentType });
        if (answer) message.respond(JSON.stringify(answer));
      },
    });
    this.answering.push(subscription);
  }
}

export const connectedEvent = (replyId: string, facts: Partial<ConnectFacts> = {}): GatewayEvent => ({
  ...{ kind: 'connected', id: `connected-${replyId}-1`, time: new Date().toISOString(), source: '/gateways/made-up' },
  replyId,
  connected: {
    ...{ connectedAt: new Date().toISOString(), path: '/', query: {}, headers: {}, remoteAddress: '::1', user: null },
    ...{ connectOrder: 0, epoch: 1, messagesFromClient: 0, messagesToClient: 0, broadcasts: 0, order: 0 },
    ...facts,
  },
});

export const messageEvent = (replyId: string, seq: number, text = `message ${seq}`): GatewayEvent => ({
  ...{ kind: 'message', id: `message-${replyId}-${seq}`, time: new Date().toISOString(), source: '/gateways/made-up' },
  ...{ replyId, seq, frame: { type: 'text', data: Buffer.from(text) } },
});

/** Asks over HTTP. */
export async function http(url: string, init: RequestInit = {}): Promise<HttpAnswer> {
  const response = await fetch(url, init);
  const contentType = response.headers.get('content-type') ?? '';
  const endless = contentType.startsWith('text/event-stream');
  const text = endless ? '' : await response.text();
  if (endless) await response.body?.cancel();
  const body: unknown = contentType.includes('json') && text !== '' ? JSON.parse(text) : text;
  return { status: response.status, contentType, retryAfter: response.headers.get('retry-after'), body };
}

/** The answer over HTTP for a problem of this status, as RFC 9457 wants it. */
export const problemOf = (status: number, fields: object = {}): unknown =>
  expect.objectContaining({
    status,
    contentType: expect.stringMatching(/^application\/problem\+json/) as string,
    body: expect.objectContaining({
      status,
      type: 'about:blank',
      title: expect.any(String) as string,
      ...fields,
    }) as object,
  });

function toHeaders(headers: Record<string, string>) {
  const made = natsHeaders();
  for (const [name, value] of Object.entries(headers)) made.set(name, value);
  return made;
}
