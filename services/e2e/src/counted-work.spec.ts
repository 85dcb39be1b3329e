/**
 * What an operation costs, in what can be counted whatever the machine does meanwhile: NATS messages of each service by the
 * server's own count, commands of MongoDB by its profiler, and how often a process is woken up. A bound that is passed is
 * work that someone has added.
 */
import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { freePort } from '@wscm/system';
import { eventually, startTestMongo, startTestNats, type TestClient, type TestServer } from '@wscm/testing';
import type { BulkSendResult, ClientPage } from '@wscm/contracts';
import { type Document, MongoClient } from 'mongodb';
import { RunningSystem } from './running-system';

const GATEWAYS = 2;
const CLIENTS = 150;
const NEWCOMERS = 20;
/** Messages of each client. */
const SAID = 3;
const PAGE = 100;
/** Clients whose connects may have been seen in one millisecond, at most: so many are made at a time. */
const SAME_TIME = 50;
/** A lease is renewed four times in it: while the test counts, none is. */
const LEASE_TTL_MS = 600_000;

let nats: TestServer;
let mongo: TestServer;
let monitor: string;
let mongoClient: MongoClient;
let running: RunningSystem;
let clients: TestClient[];

beforeAll(async () => {
  const port = await freePort();
  monitor = `http://127.0.0.1:${port}`;
  [nats, mongo] = await Promise.all([startTestNats({ http: `127.0.0.1:${port}` }), startTestMongo()]);
  const given = { NATS_URL: nats.url, MONGODB_URL: mongo.url, LEASE_TTL_MS: String(LEASE_TTL_MS) };
  running = await RunningSystem.start({ gateways: GATEWAYS, registries: 1 }, given);
  mongoClient = await MongoClient.connect(given.MONGODB_URL);
  clients = await running.connectMany(CLIENTS, '/room');
  await allStored(CLIENTS);
}, 120_000);

afterAll(async () => {
  await running.stop();
  await mongoClient.close();
  await Promise.all([nats.stop(), mongo.stop()]);
}, 60_000);

/** Published by all processes of a service since they started. */
async function published(service: 'gateway' | 'registry'): Promise<number> {
  const response = await fetch(`${monitor}/connz?limit=1024`);
  const { connections } = (await response.json()) as { connections: { name?: string; in_msgs: number }[] };
  return connections
    .filter(({ name }) => name?.startsWith(`wscm-${service}`))
    .reduce((sum, { in_msgs }) => sum + in_msgs, 0);
}

/** Every event that was stored is acknowledged: the consumer has nothing more to do. */
async function allStored(events: number): Promise<void> {
  const manager = await running.nats.jetstreamManager();
  await eventually(async () => {
    const { num_pending, num_ack_pending, ack_floor } = await manager.consumers.info('WSCM_EVENTS', 'wscm-registry');
    expect([num_pending, num_ack_pending]).toEqual([0, 0]);
    expect(ack_floor.stream_seq).toBeGreaterThanOrEqual(events);
  }, 30_000);
}

async function streamLength(): Promise<number> {
  return (await (await running.nats.jetstreamManager()).streams.info('WSCM_EVENTS')).state.last_seq;
}

/** What the work makes the services publish, and how many events there are in the stream after it. */
async function counted(events: number, work: () => Promise<void> | void) {
  const before = {
    gateway: await published('gateway'),
    registry: await published('registry'),
    at: await streamLength(),
  };
  await work();
  await eventually(async () => expect((await streamLength()) - before.at).toBe(events), 20_000);
  await allStored(before.at + events);
  return {
    gateway: (await published('gateway')) - before.gateway,
    registry: (await published('registry')) - before.registry,
  };
}

/** The commands of MongoDB on a collection that the work leads to. */
async function profiled(collection: string, work: () => Promise<unknown>): Promise<Document[]> {
  const db = mongoClient.db();
  await db.command({ profile: 2 });
  await work();
  await db.command({ profile: 0 });
  const found = await db
    .collection('system.profile')
    .find({ ns: `${db.databaseName}.${collection}` })
    .toArray();
  await db.collection('system.profile').drop();
  return found;
}

const commandOf = ({ command }: Document) => command as { u?: unknown; update?: unknown; findAndModify?: string };

const isWrite = (entry: Document): boolean =>
  entry['op'] === 'insert' || entry['op'] === 'update' || commandOf(entry).findAndModify !== undefined;

/** An update or `findOneAndUpdate` by an aggregation pipeline, which costs MongoDB twice what another one does. */
const isPipeline = (entry: Document): boolean => Array.isArray(commandOf(entry).u ?? commandOf(entry).update);

const idsOf = (some: readonly TestClient[]) => some.map(({ replyId }) => replyId);

/** A registry takes events with pull requests, so many at most while an operation's are stored. */
const PULLS = 10;

describe('NATS messages', () => {
  test('for a send: the command and its answer, the event and its acknowledgement', async () => {
    const { gateway, registry } = await counted(CLIENTS, async () => {
      const answers = await Promise.all(idsOf(clients).map((replyId) => running.send(replyId, 'x')));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    });
    expect(gateway).toBe(2 * CLIENTS);
    expect(registry).toBeGreaterThanOrEqual(CLIENTS);
    expect(registry).toBeLessThanOrEqual(2 * CLIENTS + PULLS);
  });

  test('for a bulk send: one command and one answer for each gateway, however many targets', async () => {
    const { gateway, registry } = await counted(CLIENTS, async () => {
      const body = JSON.stringify({ messages: [{ to: idsOf(clients), message: 'x' }] });
      const answer = await running.rest<BulkSendResult>('POST', '/v1/messages', { body, type: 'application/json' });
      expect(new Set(answer.body.results.map(({ status }) => status))).toEqual(new Set([200]));
    });
    expect(gateway).toBe(CLIENTS + GATEWAYS);
    expect(registry).toBeLessThanOrEqual(CLIENTS + GATEWAYS + PULLS);
  });

  test('for a broadcast: one command, and of each gateway one answer and one event, however many clients', async () => {
    const { gateway, registry } = await counted(GATEWAYS, async () => {
      expect(await running.broadcast('to all')).toMatchObject({ delivered: clients.length });
    });
    expect(gateway).toBe(2 * GATEWAYS);
    expect(registry).toBeLessThanOrEqual(1 + GATEWAYS + PULLS);
  });

  test('for a message from a client, and for a connect: one event, and its acknowledgement at most', async () => {
    const said = await counted(CLIENTS * SAID, sayAll);
    expect(said.gateway).toBe(CLIENTS * SAID);
    expect(said.registry).toBeLessThanOrEqual(CLIENTS * SAID + PULLS);
    const came = await counted(NEWCOMERS, async () => {
      clients.push(...(await running.connectMany(NEWCOMERS, '/other')));
    });
    expect(came.gateway).toBe(NEWCOMERS);
    expect(came.registry).toBeLessThanOrEqual(NEWCOMERS + PULLS);
  });
});

describe('commands of MongoDB', () => {
  test('for messages that come at once: those of one client are one update, so there are fewer than messages', async () => {
    const commands = await profiled('clients', () => counted(CLIENTS * SAID, sayAll));
    expect(commands.length).toBeGreaterThanOrEqual(CLIENTS);
    expect(commands.length).toBeLessThan(CLIENTS * SAID);
    for (const { keysExamined, docsExamined } of commands)
      expect(Math.max(Number(keysExamined ?? 0), Number(docsExamined ?? 0))).toBeLessThanOrEqual(1);
    expect(commands.filter(isPipeline)).toEqual([]);
  });

  test('for sends that come at once: no update by pipeline', async () => {
    const commands = await profiled('clients', () =>
      counted(CLIENTS, async () => {
        await Promise.all(idsOf(clients.slice(0, CLIENTS)).map((replyId) => running.send(replyId, 'x')));
      }),
    );
    expect(commands.filter(isPipeline)).toEqual([]);
  });

  test('for connects and for ends that come at once: one write each at most', async () => {
    const came: TestClient[] = [];
    const connects = await profiled('clients', () =>
      counted(NEWCOMERS, async () => {
        came.push(...(await running.connectMany(NEWCOMERS, '/brief')));
      }),
    );
    expect(connects.filter(isWrite).length).toBeLessThanOrEqual(NEWCOMERS);
    const ends = await profiled('clients', () =>
      counted(NEWCOMERS, async () => {
        await Promise.all(came.map((client) => client.close()));
      }),
    );
    expect(ends.filter(isWrite).length).toBeLessThanOrEqual(NEWCOMERS);
    expect(ends.filter(isPipeline)).toEqual([]);
  });

  test('for a broadcast: MongoDB sends none of the messages back', async () => {
    const large = 'x'.repeat(100_000);
    const commands = await profiled('gateways', () =>
      counted(2 * GATEWAYS, async () => {
        for (let i = 0; i < 2; i++) await running.broadcast(large);
      }),
    );
    expect(commands.length).toBeGreaterThanOrEqual(2 + GATEWAYS);
    // Of an update that is one of several it tells none.
    const lengths = commands.flatMap(({ responseLength }) => (responseLength as number | undefined) ?? []);
    expect(lengths.length).toBeGreaterThanOrEqual(2);
    expect(Math.max(...lengths)).toBeLessThan(10_000);
  });

  const page = (query: string) => running.rest<ClientPage>('GET', `/v1/clients?limit=${PAGE}${query}`);
  const filters = () => ({
    none: '',
    path: '&path=/room',
    remoteAddress: '&remoteAddress=127.0.0.1',
    gatewayId: `&gatewayId=${clients[0]?.replyId.split('.')[0]}`,
    user: '&user=ann',
  });

  test.each(['none', 'path', 'remoteAddress', 'gatewayId', 'user'] as const)(
    'for a page and its next one by %s: one find each in either order, by an index, that reads the page and one more',
    async (filter) => {
      for (const sort of ['connectedAt', '-connectedAt']) {
        const query = `${filters()[filter]}&sort=${sort}`;
        let next = '';
        const finds = await profiled('clients', async () => {
          const { body } = await page(query);
          next = body.next === null ? '' : `&cursor=${body.next}`;
          await page(query + next);
        });
        expect(finds).toHaveLength(2);
        // Clients of the same millisecond stand on both sides of a cursor.
        const most = PAGE + 1 + SAME_TIME;
        for (const { planSummary, keysExamined, docsExamined, hasSortStage } of finds) {
          expect(planSummary).toBe(`IXSCAN ${keysBy(filter)}`);
          expect(hasSortStage).toBeUndefined();
          expect(docsExamined).toBeLessThanOrEqual(most);
          expect(keysExamined).toBeLessThanOrEqual(most + 2);
        }
      }
    },
  );

  test('for a page: one find of the gateways in it', async () => {
    const finds = await profiled('gateways', () => page(''));
    const ofPage = finds.filter(({ command }) => JSON.stringify(command).includes('"$in"'));
    expect(ofPage).toHaveLength(1);
    expect(ofPage[0]).toMatchObject({ docsExamined: GATEWAYS });
  });

  test.each(['none', 'path', 'remoteAddress', 'gatewayId', 'user'] as const)(
    'for a count by %s: one, that reads an index and no document',
    async (filter) => {
      const commands = await profiled('clients', () =>
        running.rest('GET', `/v1/clients/count?${filters()[filter].slice(1)}`),
      );
      expect(commands).toHaveLength(1);
      expect(commands[0]).toMatchObject({ docsExamined: 0 });
      expect(commands[0]?.['planSummary']).toBe(`COUNT_SCAN ${keysBy(filter)}`);
    },
  );
});

/** Of the index by a filter, as MongoDB's profile shows it. */
const keysBy = (filter: string): string =>
  `{ state: 1, ${filter === 'none' ? '' : `${filter}: 1, `}connectedAt: 1, _id: 1 }`;

/** Those of one client in a row, so that they come to the registry in one batch, but for a client that stands across two. */
function sayAll(): void {
  for (const client of clients.slice(0, CLIENTS)) for (let i = 0; i < SAID; i++) client.send(`message ${i}`);
}

const IDLE_S = 4;
/** Of its timers and of what they lead to; half of it was seen. */
const WAKE_UPS_A_SECOND = 5;
/** Linux counts how often a thread has gone to sleep; elsewhere nobody does. */
const onLinux = process.platform === 'linux' ? test : test.skip;

onLinux('a gateway that nobody asks for anything is woken up a few times a second', async () => {
  const gateways = running.system.replicas.filter(({ kind }) => kind === 'gateway');
  const before = gateways.map(({ pid }) => sleepsOf(pid));
  await setTimeout(IDLE_S * 1_000);
  const during = gateways.map(({ pid }, at) => sleepsOf(pid) - before[at]!);
  expect(Math.min(...during)).toBeGreaterThan(0);
  expect(Math.max(...during)).toBeLessThanOrEqual(WAKE_UPS_A_SECOND * IDLE_S);
});

/** How often the main thread of a process has waited for something. */
function sleepsOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/task/${pid}/status`, 'utf8');
  return Number(/^voluntary_ctxt_switches:\s*(\d+)$/m.exec(status)?.[1]);
}
