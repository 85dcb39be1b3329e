/** Which faults of a real MongoDB count as its being away, and which as the fault of one write. */
import 'reflect-metadata';
import { startTestMongo, type TestServer } from '@wscm/testing';
import { MongoClient } from 'mongodb';
import { messageEvent } from '../testing/site';
import { newDatabase } from '../testing/store-fixture';
import { type ClientFacts, factsOf } from './client-facts';
import { ClientWriter } from './client-writer';
import { isUnavailable, isUnstorable } from './mongo-errors';
import { MongoStore } from './mongo-store';

const MIB = 1_048_576;
const SETTINGS = { CLIENT_KEY_PREFIX: '' };

let mongo: TestServer;
let store: MongoStore;
let writer: ClientWriter;

beforeAll(async () => {
  mongo = await startTestMongo();
  store = await MongoStore.connect(newDatabase(mongo.url));
  writer = new ClientWriter(store, SETTINGS);
}, 120_000);

afterAll(async () => {
  await store.close();
  await mongo.stop();
});

const told = (client: string, text = 'x'): ClientFacts => {
  const event = messageEvent(`g.${client}`, 1, text);
  if (event.kind === 'broadcast') throw new Error('not about a client');
  return factsOf(event, 1);
};

const failure = (facts: ClientFacts[]): Promise<unknown> =>
  writer.write(facts).then(
    () => undefined,
    (error: unknown) => error,
  );

/** One write, and a batch that it is in. */
const alone = (one: ClientFacts): [string, ClientFacts[]][] => [
  ['alone', [one]],
  ['in a batch', [told('other'), one]],
];

it.each(alone(told('refused')))('a document that is refused is the fault of its write (%s)', async (_, facts) => {
  await store.clients.db.command({ collMod: 'clients', validator: { replyId: { $ne: 'g.refused' } } });
  const error = await failure(facts);
  await store.clients.db.command({ collMod: 'clients', validator: {} });
  expect(error).toMatchObject({ code: 121 });
  expect(isUnavailable(error)).toBe(false);
});

it.each([17, 49])('a message of %d MiB is the fault of its write', async (size) => {
  for (const [, facts] of alone(told('large', 'x'.repeat(size * MIB)))) {
    const error = await failure(facts);
    expect({ error, away: isUnavailable(error) }).toEqual({ error: expect.anything() as unknown, away: false });
  }
});

it('a document that grows too large is the fault of the write that makes it so', async () => {
  const half = Buffer.alloc(9 * MIB, 'x');
  await writer.write([told('grown', half.toString())]);
  const delivered = {
    kind: 'delivered',
    id: 'd',
    source: '/',
    time: new Date().toISOString(),
    replyId: 'g.grown',
  } as const;
  const event = { ...delivered, seq: 1, order: 1, broadcasts: 0, frame: { type: 'text', data: half } } as const;
  for (const [, facts] of alone(factsOf(event, 2))) {
    const error = await failure(facts);
    expect({ error, away: isUnavailable(error) }).toEqual({ error: expect.anything() as unknown, away: false });
    expect(isUnstorable(error)).toBe(true);
  }
});

it.each(alone(told('blocked')))('a MongoDB that takes no writes for now counts as away (%s)', async (_, facts) => {
  const admin = await MongoClient.connect(mongo.url);
  const block = (global: boolean) => admin.db('admin').command({ setUserWriteBlockMode: 1, global });
  await block(true);
  const error = await failure(facts);
  await block(false);
  await admin.close();
  expect({ error, away: isUnavailable(error) }).toMatchObject({ away: true });
});

it('a MongoDB that is killed counts as away', async () => {
  const cases = alone(told('late')).map(([, facts]) => facts);
  const underWay = Array.from({ length: 10 }, () => cases.map(failure)).flat();
  await mongo.kill();
  const errors = [...(await Promise.all(underWay)), ...(await Promise.all(cases.map(failure)))];
  await mongo.start();
  expect(errors.slice(-2)).toEqual([expect.anything(), expect.anything()]);
  for (const error of errors.filter(Boolean))
    expect({ error, away: isUnavailable(error) }).toMatchObject({ away: true });
});
