/** The registries that live, as each of them tells. */
import 'reflect-metadata';
import { hostname } from 'node:os';
import { type Registries, registriesSchema } from '@wscm/contracts';
import { eventually } from '@wscm/testing';
import { http, messageEvent, siteForAllTests, type TestRegistry } from '../testing/site';
import { VERSION } from '../version';

const site = siteForAllTests({ LEASE_TTL_MS: '600000' });
let registry: TestRegistry;

beforeAll(async () => {
  registry = await site.startRegistry();
});

async function list(): Promise<Registries> {
  const { status, body } = await http(`${registry.url}/v1/registries`);
  expect(status).toBe(200);
  expect(registriesSchema.parse(body)).toEqual(body);
  return body as Registries;
}

const fine = { nats: true, mongodb: true, consumer: true };

it('tells of the one that is asked, and of the consumer', async () => {
  const { items, consumer } = await list();
  expect(items).toEqual([
    {
      ...{ registryId: expect.stringMatching(/^[\w-]{16}$/) as string, host: hostname(), version: VERSION },
      ...{ startedAt: expect.any(String) as string, ready: true, checks: fine, eventsStored: 0 },
    },
  ]);
  expect(consumer).toEqual({ pending: 0, unacknowledged: 0, redelivered: 0 });
});

it('tells of the others, as soon as they are there and as long as they are, over REST and NATS alike', async () => {
  const other = await site.startRegistry();
  const { items } = await list();
  expect(items).toHaveLength(2);
  expect(new Set(items.map(({ registryId }) => registryId)).size).toBe(2);
  expect((await http(`${other.url}/v1/registries`)).body).toMatchObject({ items });
  expect((await site.ask('registries.list')).body).toMatchObject({ items });
  await other.stop();
  expect((await list()).items).toHaveLength(1);
});

it('waits for none that has answered before no longer than it takes', async () => {
  await list();
  const started = performance.now();
  for (let i = 0; i < 8; i++) await list();
  // Each would take a second.
  expect(performance.now() - started).toBeLessThan(6_000);
});

it('is not misled by what no registry would answer', async () => {
  const before = await list();
  const liar = site.connection.subscribe(site.subjects.registryStatus, { callback: (_, asked) => asked.respond('{}') });
  await site.connection.flush();
  expect(await list()).toEqual(before);
  liar.unsubscribe();
});

it('takes no more than a thousand answers, whoever gives them', async () => {
  const [own] = (await list()).items;
  const liar = site.connection.subscribe(site.subjects.registryStatus, {
    callback: (_, asked) => {
      for (let at = 0; at < 1_100; at++) asked.respond(JSON.stringify({ ...own, registryId: `made-up-${at}` }));
    },
  });
  await site.connection.flush();
  const { length } = (await list()).items;
  liar.unsubscribe();
  expect(length).toBeGreaterThanOrEqual(1_000);
  expect(length).toBeLessThanOrEqual(1_001);
});

it('counts what it has stored, and shows what nobody has stored yet', async () => {
  const replyId = await site.connectClient(await site.addGateway());
  await eventually(async () => expect((await list()).items[0]?.eventsStored).toBe(1));
  await site.mongo.kill();
  for (let seq = 1; seq <= 3; seq++) await site.put(messageEvent(replyId, seq));
  await eventually(async () => {
    const { items, consumer } = await list();
    expect(consumer).toMatchObject({ unacknowledged: 3 });
    expect(items).toMatchObject([{ ready: false, checks: { nats: true, mongodb: false }, eventsStored: 1 }]);
  });
  await site.mongo.start();
  await eventually(async () => {
    const { items, consumer } = await list();
    expect(consumer).toEqual({ pending: 0, unacknowledged: 0, redelivered: 0 });
    expect(items).toMatchObject([{ ready: true, checks: fine, eventsStored: 4 }]);
  }, 20_000);
});

it('tells of itself alone while NATS is away', async () => {
  await site.nats.kill();
  await eventually(async () => {
    const { items, consumer } = await list();
    expect(consumer).toBeNull();
    expect(items).toMatchObject([{ ready: false, checks: { nats: false, mongodb: true, consumer: false } }]);
  });
  await site.nats.start();
  await eventually(async () => {
    const { items, consumer } = await list();
    expect(items).toMatchObject([{ ready: true, checks: fine }]);
    expect(consumer).not.toBeNull();
  }, 20_000);
});
