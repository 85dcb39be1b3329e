/** Reading clients from a real MongoDB: pages, filters, counts, the view for people, and what each query costs. */
import 'reflect-metadata';
import { clientListQuerySchema, type ClientListQuery } from '@wscm/contracts';
import { startTestMongo, type TestServer } from '@wscm/testing';
import fc from 'fast-check';
import { Binary, MongoClient } from 'mongodb';
import type { ClientDocument } from '../store/documents';
import { gatewayLife } from '../testing/gateway-life';
import { StoreFixture } from '../testing/store-fixture';

let mongo: TestServer;
let fixture: StoreFixture;
/** Who looks from outside. */
let person: MongoClient;

beforeAll(async () => {
  mongo = await startTestMongo();
  person = await MongoClient.connect(mongo.url);
});

afterAll(async () => {
  await person.close();
  await mongo.stop();
});

beforeEach(async () => {
  fixture = await StoreFixture.open(mongo.url);
});

afterEach(() => fixture.close());

const START = Date.parse('2026-11-23T05:00:00.000Z');

interface Given {
  gatewayId?: string;
  path?: string;
  user?: string | null;
  remoteAddress?: string;
  state?: 'live' | 'lost' | 'closed';
}

/** A document that connected in that millisecond. */
function aDocument(socketId: string, millisecond: number, given: Given = {}): ClientDocument {
  const { gatewayId = 'gw', path = '/', user = null, remoteAddress = '::1', state = 'live' } = given;
  const replyId = `${gatewayId}.${socketId}`;
  return {
    ...{ _id: `ws_client_${replyId}`, replyId, gatewayId, path, user, remoteAddress, state, query: {}, headers: {} },
    ...{ messagesFromClient: 0, messagesToClient: 0, lastMessageFromClient: null, lastMessageToClient: null },
    connectedAt: new Date(START + millisecond),
    sync: {
      ...{ connectOrder: 0, order: 0, broadcasts: 0, sendOrder: -1, rank: 2, streamSeq: 1 },
      ...(state === 'live' ? {} : { endedAt: new Date() }),
    },
  };
}

const insert = (documents: ClientDocument[]) => fixture.store.clients.insertMany(documents);

const query = (given: Partial<ClientListQuery> = {}): ClientListQuery => clientListQuerySchema.parse(given);

/** Pages through the list; `between` runs after each page. */
async function idsOfAllPages(
  given: Partial<ClientListQuery>,
  between: () => Promise<unknown> = () => Promise.resolve(),
) {
  const ids: string[] = [];
  let cursor: string | null | undefined;
  do {
    const page = await fixture.reader.list(query({ ...given, ...(cursor ? { cursor } : {}) }));
    ids.push(...page.items.map(({ replyId }) => replyId));
    cursor = page.next;
    await between();
  } while (cursor);
  return ids;
}

describe('the list', () => {
  const MIB = 1_048_576;
  const LARGE = { seq: 1, type: 'text' as const, message: 'x'.repeat(MIB), time: new Date(START) };

  it('ends a page of large messages before its limit, and misses nobody', async () => {
    const documents = Array.from({ length: 40 }, (_, index) => aDocument(`s${index}`, index));
    await insert(documents.map((document) => ({ ...document, lastMessageFromClient: LARGE })));
    const page = await fixture.reader.list(query({ limit: 40 }));
    expect(page.items.length).toBeLessThanOrEqual(17);
    expect(page.next).not.toBeNull();
    expect(await idsOfAllPages({ limit: 40 })).toEqual(documents.map(({ replyId }) => replyId));
  });

  it('counts a large broadcast for each client that it is shown with', async () => {
    const documents = Array.from({ length: 40 }, (_, index) => aDocument(`s${index}`, index));
    await insert(documents);
    const lastBroadcast = { order: 7, type: 'text' as const, message: LARGE.message, time: LARGE.time };
    await fixture.store.gateways.insertOne({ _id: 'gw', gatewayId: 'gw', broadcasts: 1, lastBroadcast });
    const page = await fixture.reader.list(query({ limit: 40 }));
    expect(page.items).toHaveLength(16);
    expect(await idsOfAllPages({ limit: 40 })).toEqual(documents.map(({ replyId }) => replyId));
  });

  it('is empty when nobody is connected', async () => {
    expect(await fixture.reader.list(query())).toEqual({ items: [], next: null });
    expect(await fixture.reader.count({})).toEqual({ count: 0 });
  });

  it.each([
    ['connectedAt', ['gw.a', 'gw.b', 'gw.c', 'gw.d', 'gw.e']],
    ['-connectedAt', ['gw.e', 'gw.d', 'gw.c', 'gw.b', 'gw.a']],
  ] as const)('is sorted by %s, and by id where the times are the same', async (sort, expected) => {
    await insert([aDocument('e', 9), aDocument('c', 5), aDocument('a', 1), aDocument('d', 5), aDocument('b', 5)]);
    expect(await idsOfAllPages({ sort })).toEqual(expected);
    expect(await idsOfAllPages({ sort, limit: 2 })).toEqual(expected);
    expect(await idsOfAllPages({ sort, limit: 1 })).toEqual(expected);
  });

  it('tells no next page when the last one is just full', async () => {
    await insert([aDocument('a', 1), aDocument('b', 2)]);
    expect(await fixture.reader.list(query({ limit: 2 }))).toMatchObject({ items: [{}, {}], next: null });
  });

  it('shows only clients that live', async () => {
    const unknownYet = { ...aDocument('message-came-first', 4) };
    delete unknownYet.state;
    await insert([
      ...[aDocument('live', 1), aDocument('lost', 2, { state: 'lost' }), aDocument('closed', 3, { state: 'closed' })],
      unknownYet,
    ]);
    expect(await idsOfAllPages({})).toEqual(['gw.live']);
    expect(await fixture.reader.count({})).toEqual({ count: 1 });
  });

  it.each(['connectedAt', '-connectedAt'] as const)(
    'shows each client that stays exactly once while others come and go, by %s',
    async (sort) => {
      // Clients that stay, and clients that leave, many of each in the same millisecond.
      const stay = Array.from({ length: 60 }, (_, at) => aDocument(`s${at}`, 1000 + Math.floor(at / 7)));
      const leave = Array.from({ length: 40 }, (_, at) => aDocument(`x${at}`, 1000 + Math.floor(at / 5)));
      await insert([...stay, ...leave]);
      let round = 0;
      const seen = await idsOfAllPages({ sort, limit: 9 }, async () => {
        round++;
        await insert([
          aDocument(`new${round}`, round),
          aDocument(`same${round}`, 1004),
          aDocument(`late${round}`, 5000),
        ]);
        const leaving = leave.splice(0, 3).map(({ _id }) => _id);
        await fixture.store.clients.updateMany({ _id: { $in: leaving } }, { $set: { state: 'closed' } });
        if (round > 40) throw new Error('the pages do not end');
      });
      expect(new Set(seen).size).toBe(seen.length);
      const staying = stay.map(({ replyId }) => replyId);
      expect(seen.filter((id) => staying.includes(id)).sort()).toEqual([...staying].sort());
    },
  );

  it('takes each filter, and all of them together', async () => {
    await insert([
      aDocument('1', 1, { gatewayId: 'gw-a', path: '/room', user: 'ann', remoteAddress: '10.0.0.1' }),
      aDocument('2', 2, { gatewayId: 'gw-a', path: '/room', user: 'bob', remoteAddress: '10.0.0.2' }),
      aDocument('3', 3, { gatewayId: 'gw-b', path: '/hall', user: 'ann', remoteAddress: '10.0.0.1' }),
      aDocument('4', 4, { gatewayId: 'gw-b', path: '/room', user: null, remoteAddress: '10.0.0.1' }),
      aDocument('5', 5, { gatewayId: 'gw-a', path: '/room', user: 'ann', remoteAddress: '10.0.0.1', state: 'closed' }),
    ]);
    const cases = [
      [{ gatewayId: 'gw-a' }, ['1', '2']],
      [{ path: '/room' }, ['1', '2', '4']],
      [{ user: 'ann' }, ['1', '3']],
      [{ remoteAddress: '10.0.0.1' }, ['1', '3', '4']],
      [{ path: '/room', user: 'ann' }, ['1']],
      [{ gatewayId: 'gw-b', path: '/room', remoteAddress: '10.0.0.1' }, ['4']],
      [{ gatewayId: 'gw-a', path: '/room', user: 'bob', remoteAddress: '10.0.0.2' }, ['2']],
      [{ path: '/room', user: 'eve' }, []],
      [{ path: '^/room' }, []],
    ] as const;
    for (const [filters, sockets] of cases) {
      const found = (await idsOfAllPages({ ...filters, limit: 1 })).map((replyId) => replyId.split('.')[1]);
      expect({ filters, found }).toEqual({ filters, found: sockets });
      expect(await fixture.reader.count(filters)).toEqual({ count: sockets.length });
    }
  });

  it.each([
    ['no base64', '%%%'],
    ['no JSON', 'bm90IGpzb24'],
    ['of another shape', encoded({ a: 1 })],
    ['without a place', encoded(['connectedAt'])],
    ['of another sort', encoded(['-connectedAt', START, 'ws_client_gw.a'])],
    ['with an operator', encoded(['connectedAt', { $gt: 0 }, 'ws_client_gw.a'])],
    ['with a time that no date has', encoded(['connectedAt', 9e15, 'ws_client_gw.a'])],
  ])('refuses a cursor that is %s', async (_, cursor) => {
    await insert([aDocument('a', 1)]);
    await expect(fixture.reader.list(query({ cursor }))).rejects.toMatchObject({ kind: 'badRequest' });
  });
});

function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

describe('the view clients_view', () => {
  it('shows the same as REST, field by field', async () => {
    const view = person.db(databaseOf(fixture)).collection('clients_view');
    await fc.assert(
      fc.asyncProperty(fc.array(gatewayLife, { minLength: 6, maxLength: 10 }), async (gateways) => {
        await Promise.all(gateways.map((gateway) => fixture.writeLife(gateway)));
        const listed = await fixture.reader.list(query({ limit: 1000 }));
        const viewed = await view.find({}, { sort: { connectedAt: 1, _id: 1 }, projection: { _id: 0 } }).toArray();
        expect(asJson(viewed)).toEqual(asJson(listed.items));
        await fixture.store.clients.deleteMany({});
      }),
      { numRuns: 10, endOnFailure: true },
    );
  });

  it('has dates as dates and binary as binary', async () => {
    const message = {
      seq: 1,
      type: 'binary' as const,
      message: new Binary(Buffer.from([1, 2])),
      time: new Date(START),
    };
    await insert([{ ...aDocument('a', 1), lastMessageFromClient: message }]);
    const viewed = await person.db(databaseOf(fixture)).collection('clients_view').findOne();
    expect(viewed).toMatchObject({ connectedAt: new Date(START + 1), lastMessageFromClient: message });
    expect(Object.keys(viewed!).sort()).toEqual(
      [...Object.keys((await fixture.reader.list(query())).items[0]!), '_id'].sort(),
    );
  });
});

const databaseOf = ({ store }: StoreFixture): string => store.clients.dbName;

/** As JSON has it: times as ISO 8601, bytes as base64. */
const asJson = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, each: unknown) => (each instanceof Binary ? each.toString('base64') : each)));

describe('broadcasts', () => {
  const sent = (seq: number, order: number) => ({
    ...{ kind: 'broadcast', id: `b${seq}`, source: '/gateways/gw', time: '2026-11-23T06:00:00.000Z', gatewayId: 'gw' },
    ...{ seq, order, frame: { type: 'text', data: Buffer.from(`news ${seq}`) } },
  });
  const broadcast = (seq: number, order: number) => fixture.writeBroadcast(sent(seq, order) as never);
  const client = async (socketId: string) => fixture.reader.get(`gw.${socketId}`);
  const numbersAt = (order: number, broadcasts: number) => ({
    sync: { connectOrder: order, order, broadcasts, sendOrder: -1, rank: 2, streamSeq: 1 },
  });

  it('before the connect do not count, later ones do', async () => {
    await insert([{ ...aDocument('a', 1), ...numbersAt(5, 2) }]);
    await broadcast(2, 5);
    expect(await client('a')).toMatchObject({ messagesToClient: 0, lastMessageToClient: null });
    await broadcast(3, 6);
    await broadcast(4, 8);
    expect(await client('a')).toMatchObject({
      messagesToClient: 2,
      lastMessageToClient: { seq: 2, message: 'news 4', via: 'broadcast', time: '2026-11-23T06:00:00.000Z' },
    });
  });

  it('and sends: the later one by the gateway’s order is the last', async () => {
    const stored = { seq: 1, type: 'text', message: 'hi', time: new Date(START), via: 'send' } as const;
    const sentAt = (order: number) => ({
      connectOrder: 0,
      order,
      broadcasts: 0,
      sendOrder: order,
      rank: 2,
      streamSeq: 1,
    });
    await insert([
      { ...aDocument('before', 1), messagesToClient: 1, lastMessageToClient: stored, sync: sentAt(1) },
      {
        ...aDocument('after', 2),
        messagesToClient: 2,
        lastMessageToClient: stored,
        sync: { ...sentAt(3), broadcasts: 1 },
      },
    ]);
    await broadcast(1, 2);
    expect(await client('before')).toMatchObject({
      messagesToClient: 2,
      lastMessageToClient: { via: 'broadcast', seq: 2 },
    });
    expect(await client('after')).toMatchObject({ messagesToClient: 2, lastMessageToClient: { via: 'send', seq: 1 } });
  });

  it('of another gateway do not count', async () => {
    await insert([aDocument('a', 1, { gatewayId: 'other' })]);
    await broadcast(1, 1);
    expect(await fixture.reader.get('other.a')).toMatchObject({ messagesToClient: 0, lastMessageToClient: null });
  });
});

describe('each query, among nine times as many clients that have left,', () => {
  const COUNT = 3000;
  const PAGE = 50;
  let crowd: StoreFixture;

  beforeAll(async () => {
    crowd = await StoreFixture.open(mongo.url);
    await crowd.store.clients.insertMany(Array.from({ length: COUNT }, (_, at) => ofCrowd(at)));
    await person.db(databaseOf(crowd)).command({ profile: 2 });
  });

  afterAll(() => crowd.close());

  const ofCrowd = (at: number) =>
    aDocument(`c${at}`, Math.floor(at / 4), {
      ...{
        gatewayId: `gw-${at % 3}`,
        path: `/room/${Math.floor(at / 10) % 5}`,
        user: `user-${at % 7}`,
        remoteAddress: `10.0.0.${at % 4}`,
      },
      state: at % 10 === 9 ? 'live' : 'closed',
    });

  /** What MongoDB noted of the last operation of this kind on `clients`. */
  async function lastNoteOf(operation: 'find' | 'aggregate') {
    const [note] = await person
      .db(databaseOf(crowd))
      .collection('system.profile')
      .find({ [`command.${operation}`]: 'clients' })
      .sort({ $natural: -1 })
      .limit(1)
      .toArray();
    if (!note) throw new Error(`MongoDB has noted no ${operation}`);
    const { planSummary, hasSortStage = false, docsExamined } = note as Partial<Record<string, unknown>>;
    return { plan: String(planSummary), sorts: hasSortStage, docsExamined: Number(docsExamined) };
  }

  const filters = [
    {},
    { gatewayId: 'gw-1' },
    { path: '/room/4' },
    { user: 'user-3' },
    { remoteAddress: '10.0.0.3' },
    { path: '/room/4', user: 'user-3' },
  ];
  const lists = filters.flatMap((filter) =>
    (['connectedAt', '-connectedAt'] as const).map((sort) => [{ ...filter, sort, limit: PAGE }] as const),
  );

  it.each(lists)('reads a page by an index, and hardly more than the page: %j', async (given) => {
    const { next } = await crowd.reader.list(query(given));
    // Of two filters only one has the index; the other one leaves out what it finds.
    const most = 'path' in given && 'user' in given ? COUNT / 10 / 5 : PAGE + 5;
    const notes = [await lastNoteOf('find')];
    if (next) {
      await crowd.reader.list(query({ ...given, cursor: next }));
      notes.push(await lastNoteOf('find'));
    }
    for (const { plan, sorts, docsExamined } of notes) {
      expect({ plan, sorts }).toEqual({ plan: expect.stringMatching(/^IXSCAN/) as string, sorts: false });
      expect(docsExamined).toBeLessThanOrEqual(most);
    }
  });

  it.each(filters.map((filter) => [filter] as const))('counts by an index: %j', async (filter) => {
    const { count } = await crowd.reader.count(filter);
    expect(count).toBeGreaterThan(0);
    const { plan, docsExamined } = await lastNoteOf('aggregate');
    expect(plan).toMatch(/^(IXSCAN|COUNT_SCAN)/);
    // By one filter or none the index alone tells.
    expect(docsExamined).toBeLessThanOrEqual(Object.keys(filter).length > 1 ? COUNT / 10 / 5 : 0);
  });

  it('finds one client by its key', async () => {
    await crowd.reader.get('gw-0.c9');
    expect((await lastNoteOf('find')).docsExamined).toBe(1);
  });
});
