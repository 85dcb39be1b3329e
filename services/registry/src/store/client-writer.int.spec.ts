/** Events into documents, on a real MongoDB: whatever the order, the repetition, the grouping and the rivals. */
import 'reflect-metadata';
import { type BroadcastEvent, type ClientEvent, decodeEvent, encodeEvent, subjectsOf } from '@wscm/contracts';
import { startTestMongo, type TestServer } from '@wscm/testing';
import fc from 'fast-check';
import { Binary } from 'mongodb';
import { type ClientLife, deliveries, gatewayLife } from '../testing/gateway-life';
import { StoreFixture } from '../testing/store-fixture';
import { type ClientFacts, factsOf, join } from './client-facts';
import { clientUpdate } from './client-update';

let mongo: TestServer;
/** Where nothing but the pipeline writes, one event after the other: what every other way is compared with. */
let byPipeline: StoreFixture;
let inOrder: StoreFixture;
let shuffled: StoreFixture;

beforeAll(async () => {
  mongo = await startTestMongo();
  inOrder = await StoreFixture.open(mongo.url, 'in-order_');
  shuffled = inOrder.under('shuffled_');
  byPipeline = inOrder.under('by-pipeline_');
});

afterAll(async () => {
  await inOrder.close();
  await mongo.stop();
});

/** A client's life, and batches in which its events arrive; each batch is folded. */
interface Arrival {
  life: ClientLife;
  batches: ClientFacts[];
}

const arrival: fc.Arbitrary<Arrival> = gatewayLife.chain(({ clients: [life] }) =>
  deliveries(life!.events.length).map((batches) => {
    const facts = life!.events.map((event, at) => factsOf(event, at + 1));
    return { life: life!, batches: batches.map((batch) => batch.map((at) => facts[at]!).reduce(join)) };
  }),
);

/** Many clients at a time, since each write waits for the journal. */
const arrivals = fc.array(arrival, { minLength: 12, maxLength: 16 });

/** The n-th batch of every client, for each n. */
const rounds = (all: readonly Arrival[]): ClientFacts[][] =>
  Array.from({ length: Math.max(...all.map(({ batches }) => batches.length)) }, (_, at) =>
    all.flatMap(({ batches }) => batches[at] ?? []),
  );

async function writeByPipeline({ events }: ClientLife): Promise<void> {
  const { store, keyPrefix } = byPipeline;
  for (const [at, event] of events.entries()) {
    const { filter, update } = clientUpdate(factsOf(event, at + 1), keyPrefix);
    await store.clients.updateOne(filter, update, { upsert: true });
  }
}

async function expectAsInOrder(all: readonly Arrival[]): Promise<void> {
  await Promise.all(all.map(({ life }) => writeByPipeline(life)));
  for (const { replyId } of all.map(({ life }) => life)) {
    const expected = await byPipeline.document(replyId);
    expect(expected).not.toBeNull();
    expect(await shuffled.document(replyId)).toEqual(expected);
  }
}

describe('a client’s document', () => {
  it('is the same whichever way its events arrive, one client at a time', async () => {
    await fc.assert(
      fc.asyncProperty(arrivals, async (all) => {
        await Promise.all(
          all.map(async ({ batches }) => {
            for (const batch of batches) await shuffled.writer.write([batch]);
          }),
        );
        await expectAsInOrder(all);
      }),
      { numRuns: 5, endOnFailure: true },
    );
  });

  it('is the same whichever way its events arrive, many clients in one write', async () => {
    await fc.assert(
      fc.asyncProperty(arrivals, async (all) => {
        for (const round of rounds(all)) await shuffled.writer.write(round);
        await expectAsInOrder(all);
      }),
      { numRuns: 5, endOnFailure: true },
    );
  });

  it('is the same when several registries write its events at the same time', async () => {
    await fc.assert(
      fc.asyncProperty(arrivals, async (all) => {
        const ofOneClient = all.flatMap(({ batches }) => batches.map((batch) => shuffled.writer.write([batch])));
        const ofMany = rounds(all).map((round) => shuffled.writer.write(round));
        await Promise.all([...ofOneClient, ...ofMany]);
        await expectAsInOrder(all);
      }),
      { numRuns: 5, endOnFailure: true },
    );
  });

  it('shows what is true of the client, and only while it lives', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(gatewayLife, { minLength: 6 }), async (gateways) => {
        await Promise.all(gateways.map((gateway) => inOrder.writeLife(gateway)));
        for (const { truth, state, replyId } of gateways.flatMap(({ clients }) => clients)) {
          const shown = await inOrder.reader.get(replyId).catch((error: unknown) => error);
          if (state === 'live') expect(plain(shown)).toEqual(plain(truth));
          else expect(shown).toMatchObject({ kind: 'notFound' });
        }
      }),
      { numRuns: 5, endOnFailure: true },
    );
  });

  it('keeps every text, every byte and every name just as they came over the wire', async () => {
    const client = aClient('verbatim');
    const subjects = subjectsOf('wscm');
    for (const [at, event] of client.events.entries()) {
      const { subject, headers, payload } = encodeEvent(event, subjects);
      const received = decodeEvent({ subject, payload, header: (name) => headers[name] ?? '' }, subjects);
      if (received.kind !== 'broadcast') await inOrder.writer.write([factsOf(received, at + 1)]);
    }
    expect(await inOrder.document(client.replyId)).toMatchObject({
      path: '/$path/a.b',
      user: '$user',
      query: { $set: '$$NOW', 'a.b': ['$x', ''], '': 'nameless', $id: 'id' },
      headers: { 'x.$y': '$where' },
      lastMessageFromClient: { seq: 1, type: 'binary', message: new Binary(Buffer.from([0, 255, 36, 128])) },
      lastMessageToClient: { seq: 1, type: 'text', message: '$state\0🦉', via: 'send' },
    });
  });
});

/** Each of these is refused by MongoDB in the form that is tried first, or is nothing new. */
describe('a batch that comes again', () => {
  it('changes nothing, and is written in one try more at most', async () => {
    const clients = ['x', 'y', 'z'].map((name) => aClient(`again-${name}`));
    const batches = [0, 1, 2, 3].map((at) => clients.map(({ events }) => factsOf(events[at]!, at + 1)));
    for (const batch of batches) await inOrder.writer.write(batch);
    const documents = () => Promise.all(clients.map(({ replyId }) => inOrder.document(replyId)));
    const before = await documents();
    const bulkWrite = jest.spyOn(inOrder.store.clients, 'bulkWrite');
    for (const batch of batches) await inOrder.writer.write(batch);
    expect(bulkWrite.mock.calls.length).toBeLessThanOrEqual(batches.length + 1);
    bulkWrite.mockRestore();
    expect(await documents()).toEqual(before);
  });

  it('keeps no other client of it from being stored, where some are there and some are new', async () => {
    const [known, other] = [aClient('mixed-known'), aClient('mixed-new')];
    await inOrder.writer.write(
      known.events
        .slice(0, 2)
        .map((event, at) => factsOf(event, at + 1))
        .slice(1),
    );
    await inOrder.writer.write([known, other].map(({ events }) => factsOf(events[0]!, 1)));
    expect(await inOrder.document(known.replyId)).toMatchObject({ state: 'live', messagesFromClient: 1 });
    expect(await inOrder.document(other.replyId)).toMatchObject({ state: 'live', messagesFromClient: 0 });
  });
});

describe('a client that has left', () => {
  it('is not brought back by anything that comes late', async () => {
    const { events, replyId } = aClient('closed');
    const [connected, message, delivered, closed] = events.map((event, at) => factsOf(event, at + 1));
    await inOrder.writer.write([closed!]);
    for (const late of [connected!, message!, delivered!]) {
      await inOrder.writer.write([late]);
      await expect(inOrder.reader.get(replyId)).rejects.toMatchObject({ kind: 'notFound' });
    }
    expect(await inOrder.document(replyId)).toMatchObject({
      state: 'closed',
      disconnected: { code: 1000, reason: 'bye', time: new Date('2026-11-23T05:00:03.000Z') },
      hasEnded: true,
    });
  });

  it('is not brought back when its gateway is lost or announces it late', async () => {
    const { events, replyId } = aClient('closed-then-announced');
    await inOrder.writer.write([events.map((event, at) => factsOf(event, at + 1)).reduce(join)]);
    await inOrder.writer.write([factsOf(lost(replyId, 7), 5)]);
    await inOrder.writer.write([factsOf(announced(replyId, 8), 6)]);
    expect(await inOrder.document(replyId)).toMatchObject({ state: 'closed', disconnected: { code: 1000 } });
  });

  it('is listed again with its numbers when its gateway was only cut off', async () => {
    const { events, replyId } = aClient('lost');
    const [connected, message, delivered] = events;
    await inOrder.writer.write([
      [connected!, message!, delivered!].map((each, at) => factsOf(each, at + 1)).reduce(join),
    ]);
    await inOrder.writer.write([factsOf(lost(replyId, 1), 4)]);
    await expect(inOrder.reader.get(replyId)).rejects.toMatchObject({ kind: 'notFound' });
    expect(await inOrder.document(replyId)).toMatchObject({ state: 'lost', hasEnded: true });

    await inOrder.writer.write([factsOf(announced(replyId, 2), 5)]);
    expect(await inOrder.reader.get(replyId)).toMatchObject({ messagesFromClient: 4, messagesToClient: 3 });
    const document = await inOrder.document(replyId);
    expect(document).toMatchObject({ state: 'live', hasEnded: false, lastMessageFromClient: { seq: 1 } });
    expect(document).not.toHaveProperty('disconnected');
  });
});

describe('a broadcast', () => {
  it('never makes a client', async () => {
    const before = await inOrder.store.clients.countDocuments();
    await inOrder.writeBroadcast(aBroadcast('nobody', 1, '$news'));
    expect(await inOrder.store.clients.countDocuments()).toBe(before);
  });

  it('is kept by its gateway with the greatest number, whichever comes first and however many write', async () => {
    const all = [3, 1, 4, 2, 4].map((seq) => aBroadcast('rivals', seq, `$news ${seq}`));
    await Promise.all(all.map((each) => inOrder.writeBroadcast(each)));
    expect(await inOrder.store.gateways.findOne({ _id: 'rivals' })).toMatchObject({
      broadcasts: 4,
      lastBroadcast: { order: 14, type: 'text', message: '$news 4', time: new Date('2026-11-23T05:00:04.000Z') },
    });
  });

  it('is kept likewise where those of several gateways are written together, and by others at the same time', async () => {
    const names = ['first', 'second', 'third'];
    const batches = [2, 4, 3, 1].map((seq) => names.map((name) => aBroadcast(name, seq, `news ${seq} of ${name}`)));
    await Promise.all(batches.map((batch) => inOrder.writer.writeBroadcasts(batch)));
    for (const _id of names)
      expect(await inOrder.store.gateways.findOne({ _id })).toMatchObject({
        broadcasts: 4,
        lastBroadcast: { message: `news 4 of ${_id}` },
      });
  });
});

/** As it goes out as JSON. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const base = (id: string, second: number) => ({
  id,
  source: '/gateways/made-up',
  time: `2026-11-23T05:00:0${second}.000Z`,
});

const facts = {
  ...{ connectedAt: '2026-11-23T05:00:00.000Z', path: '/$path/a.b', user: '$user', remoteAddress: '::1' },
  ...{ query: { $set: '$$NOW', 'a.b': ['$x', ''], '': 'nameless', $id: 'id' }, headers: { 'x.$y': '$where' } },
  claims: { $tenant: '$$NOW', 'https://a.b/roles': ['$x', 1, true, null] },
  connectOrder: 0,
};

/** Connects, says one thing, is told one, and leaves. */
function aClient(socketId: string): Pick<ClientLife, 'replyId' | 'events'> {
  const replyId = `made-up.${socketId}`;
  const numbers = { epoch: 1, messagesFromClient: 0, messagesToClient: 0, broadcasts: 0, order: 0 };
  const said = { type: 'binary', data: new Uint8Array([9, 0, 255, 36, 128, 9]).subarray(1, 5) } as const;
  const told = { type: 'text', data: Buffer.from('$state\0🦉') } as const;
  return {
    replyId,
    events: [
      { kind: 'connected', ...base('a', 0), replyId, connected: { ...facts, ...numbers } },
      { kind: 'message', ...base('b', 1), replyId, seq: 1, frame: said },
      { kind: 'delivered', ...base('c', 2), replyId, seq: 1, order: 1, broadcasts: 0, frame: told },
      { kind: 'disconnected', ...base('d', 3), replyId, seq: 1, disconnected: { code: 1000, reason: 'bye' } },
    ],
  };
}

const lost = (replyId: string, epoch: number): ClientEvent => ({
  ...{ kind: 'disconnected', ...base('e', 4), replyId, seq: 0 },
  disconnected: { code: 1006, reason: 'gateway-lost', epoch },
});

const announced = (replyId: string, epoch: number): ClientEvent => ({
  ...{ kind: 'connected', ...base('f', 5), replyId },
  connected: { ...facts, epoch, messagesFromClient: 4, messagesToClient: 3, broadcasts: 0, order: 5 },
});

const aBroadcast = (gatewayId: string, seq: number, text: string): BroadcastEvent => ({
  ...{ kind: 'broadcast', ...base('g', seq), gatewayId, seq, order: 10 + seq },
  frame: { type: 'text', data: Buffer.from(text) },
});
