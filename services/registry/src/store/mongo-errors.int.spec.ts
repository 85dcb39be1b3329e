/** Which faults of a real MongoDB count as its being away, and which as the fault of one write. */
import 'reflect-metadata';
import { setTimeout } from 'node:timers/promises';
import { eventually, startTestMongo, type TestServer } from '@wscm/testing';
import { MongoClient } from 'mongodb';
import { messageEvent } from '../testing/site';
import { newDatabase } from '../testing/store-fixture';
import { type ClientFacts, factsOf } from './client-facts';
import { ClientWriter } from './client-writer';
import { isUnavailable, isUnstorable } from './mongo-errors';
import { MongoStore } from './mongo-store';

const MIB = 1_048_576;
const SETTINGS = { CLIENT_KEY_PREFIX: '' };
const CONNECTIONS = 4;

let mongo: TestServer;
let store: MongoStore;
let writer: ClientWriter;

beforeAll(async () => {
  mongo = await startTestMongo();
  store = await MongoStore.connect(newDatabase(mongo.url));
  writer = new ClientWriter(store, SETTINGS);
}, 120_000);

// It writes down what its cache holds, which takes a slow disk its time.
afterAll(async () => {
  await store.close();
  await mongo.stop();
}, 120_000);

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

/** More than the sockets between the two take up. */
const large = (): ClientFacts[] => Array.from({ length: 10 }, (_, at) => told(`large${String(at)}`, 'x'.repeat(MIB)));
const largeCases = (): [string, ClientFacts[]][] => [
  ['alone', [told('largest', 'x'.repeat(10 * MIB))]],
  ['in a batch', large()],
];

it.each(largeCases())(
  'a MongoDB that is killed in the midst of a large write counts as away (%s)',
  async (_, facts) => {
    await writer.write([told('first')]);
    mongo.freeze();
    const underWay = failure(facts);
    await setTimeout(200);
    await mongo.kill();
    const error = await underWay;
    await mongo.start();
    expect({ error, away: isUnavailable(error) }).toMatchObject({ error: expect.anything() as unknown, away: true });
  },
);

it('no write waits for ever for a MongoDB that hangs, and the next ones find it again', async () => {
  const few = new URL(newDatabase(mongo.url));
  few.searchParams.set('maxPoolSize', String(CONNECTIONS));
  const hasty = await MongoStore.connect(few.href, 4_000);
  const hastyWriter = new ClientWriter(hasty, SETTINGS);
  const write = (facts: ClientFacts[]) => hastyWriter.write(facts).catch((error: unknown) => error);
  const small = () => Promise.all(Array.from({ length: 2 * CONNECTIONS }, () => write([told('small')])));
  const everything = () => Promise.all([write([told('small')]), ...largeCases().map(([, facts]) => write(facts))]);
  await small();
  mongo.freeze();
  // More than there are connections.
  const errors = await Promise.all([everything(), everything()]);
  mongo.thaw();
  expect(errors.flat().map((error) => ({ error, away: isUnavailable(error) }))).toEqual(
    errors.flat().map(() => ({ error: expect.anything() as unknown, away: true })),
  );
  // Small ones, for a slow disk has enough to do with what had reached it of the large ones.
  await eventually(async () => expect((await small()).filter(Boolean)).toEqual([]), 60_000);
  await hasty.close();
}, 90_000);

it.each([
  ['alone', (option: object) => store.clients.findOneAndUpdate({ _id: 'late' }, { $set: { path: '/' } }, option)],
  [
    'in a batch',
    (option: object) =>
      store.clients.bulkWrite([{ updateOne: { filter: {}, update: { $set: { path: '/' } } } }], option),
  ],
])('a deadline that has passed before the request goes out counts as away (%s)', async (_, request) => {
  const late = store.within(async (option) => {
    await setTimeout(20);
    return request(option);
  }, 1);
  const error: unknown = await late.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect({ error, away: isUnavailable(error) }).toMatchObject({ error: expect.anything() as unknown, away: true });
});
