/** Leases, orphans and tombstones, on a real MongoDB and a real NATS. */
import 'reflect-metadata';
import { Bus, ensureConsumer, ensureStreams } from '@wscm/bus';
import { type DisconnectedEvent, decodeEvent, type LeaseRenewal, type Subjects, subjectsOf } from '@wscm/contracts';
import type { Logger } from '@wscm/runtime';
import { eventually, startTestMongo, startTestNats, type TestServer } from '@wscm/testing';
import { connect, type JetStreamManager, type NatsConnection } from 'nats';
import { factsOf, stateRank } from '../store/client-facts';
import { GatewayLeases } from '../store/gateway-leases';
import { StoreFixture } from '../testing/store-fixture';
import { Metrics } from '../metrics';
import { Reaper } from './reaper';
import { Sweeper } from './sweeper';

let nats: TestServer;
let mongo: TestServer;
let bus: Bus;
let connection: NatsConnection;
let jsm: JetStreamManager;
let fixture: StoreFixture;
let leases: GatewayLeases;
let subjects: Subjects;
let tests = 0;

beforeAll(async () => {
  [nats, mongo] = await Promise.all([startTestNats(), startTestMongo()]);
  bus = await Bus.connect({ url: nats.url, name: 'test', maxMessageBytes: 1024 });
  connection = await connect({ servers: nats.url });
  jsm = await connection.jetstreamManager();
});

afterAll(async () => {
  await bus.close();
  await connection.close();
  await Promise.all([nats.stop(), mongo.stop()]);
});

beforeEach(async () => {
  subjects = subjectsOf(`leases-${++tests}`);
  fixture = await StoreFixture.open(mongo.url);
  leases = new GatewayLeases(fixture.store);
});

afterEach(() => fixture.close());

const renewal = (given: Partial<LeaseRenewal> = {}): LeaseRenewal => ({
  ...{ gatewayId: 'gw', epoch: 1, host: '$host', startedAt: '2026-11-23T05:00:00.000Z', connections: 3 },
  ...given,
});

/** A lease that ran out a minute ago. */
async function anOldLease(gatewayId = 'gw', epoch = 1): Promise<void> {
  await leases.renew(renewal({ gatewayId, epoch }));
  await age(gatewayId, 60);
}

const age = (gatewayId: string, seconds: number) =>
  fixture.store.gateways.updateOne({ _id: gatewayId }, [
    { $set: { renewedAt: { $subtract: ['$$NOW', seconds * 1000] } } },
  ]);

/** Stores a client that has connected under this epoch of its gateway's lease. */
async function connectClient(socketId: string, epoch = 1, gatewayId = 'gw'): Promise<string> {
  const replyId = `${gatewayId}.${socketId}`;
  const connected = {
    ...{ connectedAt: '2026-11-23T05:00:00.000Z', path: '/', query: {}, headers: {}, remoteAddress: '::1', user: null },
    ...{ epoch, connectOrder: 0, messagesFromClient: 0, messagesToClient: 0, broadcasts: 0, order: 0 },
  };
  const base = { id: socketId, time: '2026-11-23T05:00:00.000Z', source: '/gateways/gw' };
  await fixture.writer.write([factsOf({ kind: 'connected', ...base, replyId, connected }, 1)]);
  return replyId;
}

describe('a lease', () => {
  it('is made by the first renewal, with what the gateway tells of itself', async () => {
    expect(await leases.renew(renewal())).toEqual({ result: 'renewed' });
    expect(await leases.living()).toEqual([
      {
        ...{ _id: 'gw', gatewayId: 'gw', epoch: 1, state: 'alive', host: '$host', connections: 3 },
        ...{
          startedAt: new Date('2026-11-23T05:00:00.000Z'),
          renewedAt: expect.any(Date) as Date,
          epochSince: expect.any(Date) as Date,
        },
      },
    ]);
  });

  it('is kept by renewing, by MongoDB’s clock', async () => {
    await anOldLease();
    const before = (await leases.find('gw'))!.renewedAt!;
    await leases.renew(renewal({ connections: 4 }));
    const after = (await leases.find('gw'))!;
    expect(after.renewedAt!.getTime() - before.getTime()).toBeGreaterThanOrEqual(60_000);
    expect(after.connections).toBe(4);
    expect(await leases.expire(10_000)).toEqual([]);
  });

  it('runs out only after its term', async () => {
    await leases.renew(renewal());
    await age('gw', 5);
    expect(await leases.expire(10_000)).toEqual([]);
    await age('gw', 11);
    expect(await leases.expire(10_000)).toMatchObject([{ gatewayId: 'gw', epoch: 1, state: 'lost' }]);
    expect(await leases.living()).toEqual([]);
    expect(await leases.pastEpochs()).toHaveLength(1);
  });

  it('has gone by up to the epoch before, where its gateway came back', async () => {
    await leases.renew(renewal());
    expect(await leases.pastEpochs()).toEqual([]);
    await age('gw', 11);
    await leases.expire(10_000);
    expect(await leases.pastEpochs()).toEqual([{ gatewayId: 'gw', epoch: 1 }]);
    await leases.renew({ ...renewal(), epoch: 2 });
    expect(await leases.pastEpochs()).toEqual([{ gatewayId: 'gw', epoch: 1 }]);
  });

  it('is declared lost by one registry only', async () => {
    await anOldLease();
    const declared = await Promise.all([leases.expire(10_000), leases.expire(10_000), leases.expire(10_000)]);
    expect(declared.flat()).toHaveLength(1);
  });

  it('is not renewed once it was declared lost, but goes on under the next epoch', async () => {
    await anOldLease();
    await leases.expire(10_000);
    expect(await leases.renew(renewal())).toEqual({ result: 'lost', epoch: 1 });
    expect(await leases.living()).toEqual([]);
    expect(await leases.renew(renewal({ epoch: 2 }))).toEqual({ result: 'renewed' });
    expect(await leases.living()).toMatchObject([{ gatewayId: 'gw', epoch: 2 }]);
    expect(await leases.renew(renewal({ epoch: 1 }))).toEqual({ result: 'lost', epoch: 2 });
  });

  it('ends at once when it is released, and a renewal under way does not revive it', async () => {
    await leases.renew(renewal());
    await leases.release({ gatewayId: 'gw', epoch: 1 });
    expect(await leases.find('gw')).toMatchObject({ state: 'ended', connections: 0 });
    expect(await leases.renew(renewal())).toMatchObject({ result: 'lost' });
    expect(await leases.living()).toEqual([]);
  });

  it('of a later epoch is not ended by a late release', async () => {
    await leases.renew(renewal({ epoch: 2 }));
    await leases.release({ gatewayId: 'gw', epoch: 1 });
    expect(await leases.living()).toHaveLength(1);
  });

  it('can be renewed where a broadcast or a connect was stored first', async () => {
    await fixture.writeBroadcast({
      ...{ kind: 'broadcast', id: 'b', time: '2026-11-23T05:00:00.000Z', source: '/gateways/gw', gatewayId: 'gw' },
      ...{ seq: 1, order: 1, frame: { type: 'text', data: Buffer.from('news') } },
    });
    expect(await leases.renew(renewal())).toEqual({ result: 'renewed' });
    await connectClient('early', 1, 'gw-2');
    expect(await leases.renew(renewal({ gatewayId: 'gw-2' }))).toEqual({ result: 'renewed' });
    expect(await leases.living()).toHaveLength(2);
  });

  it('is renewed once by many at the same time', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => leases.renew(renewal())));
    expect(answers).toEqual(answers.map(() => ({ result: 'renewed' })));
    expect(await leases.living()).toHaveLength(1);
  });
});

describe('the reaper', () => {
  let reaper: Reaper | undefined;
  const notes: { event: string; at: number }[] = [];
  const log = {
    warn: ({ event }: { event: string }) => notes.push({ event, at: performance.now() }),
  } as unknown as Logger;

  function startReaper(ttlMs: number): Reaper {
    notes.length = 0;
    reaper = new Reaper(bus, fixture.store, leases, subjects, log, { LEASE_TTL_MS: ttlMs }, new Metrics());
    reaper.start();
    return reaper;
  }

  beforeEach(() => ensureStreams(bus, subjects));
  afterEach(() => reaper?.stop());

  const stateOf = async (gatewayId: string) => (await leases.find(gatewayId))?.state;

  /** The events in the stream. */
  async function told(): Promise<DisconnectedEvent[]> {
    const { state } = await jsm.streams.info(subjects.stream);
    const numbers = Array.from({ length: state.messages }, (_, at) => state.first_seq + at);
    const stored = await Promise.all(numbers.map((seq) => jsm.streams.getMessage(subjects.stream, { seq })));
    return stored.map(({ subject, data, header }) => {
      const received = { subject, payload: data, header: (name: string) => header.get(name) };
      return decodeEvent(received, subjects) as DisconnectedEvent;
    });
  }

  const untilTold = (replyIds: string[]) =>
    eventually(async () => expect((await told()).map(({ replyId }) => replyId).sort()).toEqual([...replyIds].sort()));

  it('tells of each client of a lost gateway that it is gone, once, and also of those stored late', async () => {
    const clients = await Promise.all(['a', 'b', 'c'].map((socketId) => connectClient(socketId)));
    await anOldLease();
    startReaper(200);
    await untilTold(clients);
    // Nobody takes these events here, so the same clients are found in each round.
    const late = await connectClient('late');
    await untilTold([...clients, late]);
    const evenLater = await connectClient('even-later');
    await untilTold([...clients, late, evenLater]);
    expect((await told())[0]).toMatchObject({
      disconnected: { code: 1006, reason: 'gateway-lost', epoch: 1 },
      source: '/registry',
      seq: 0,
    });
  });

  it('tells nothing of clients of a later epoch, of other gateways, and of those that have left', async () => {
    const mine = await connectClient('mine');
    await leases.renew(renewal({ gatewayId: 'alive' }));
    await connectClient('other', 1, 'alive');
    const announced = await connectClient('announced');
    const closed = await connectClient('closed');
    await anOldLease();
    const clients = fixture.store.clients;
    await clients.updateOne({ replyId: announced }, { $set: { 'sync.rank': stateRank.live(2) } });
    await clients.updateOne({ replyId: closed }, { $set: { state: 'closed', 'sync.rank': stateRank.closed } });
    startReaper(60_000);
    await leases.expire(10_000);
    await reaper?.stop();
    startReaper(200);
    await untilTold([mine]);
    const later = await connectClient('later');
    await untilTold([mine, later]);
  });

  it('finds the clients of a gateway that never renewed its lease', async () => {
    const client = await connectClient('orphan', 1, 'never-seen');
    await age('never-seen', 60);
    startReaper(200);
    await untilTold([client]);
  });

  it('finds the clients that a gateway announced before it died, without renewing under the new epoch', async () => {
    await anOldLease();
    await leases.expire(10_000);
    const client = await connectClient('announced', 2);
    expect(await leases.living()).toMatchObject([{ epoch: 2 }]);
    await age('gw', 60);
    startReaper(200);
    await untilTold([client]);
    expect((await told())[0]).toMatchObject({ disconnected: { epoch: 2 } });
  });

  it('declares nothing lost before it was in touch for a whole term', async () => {
    await anOldLease();
    const started = performance.now();
    startReaper(800);
    await eventually(async () => expect(await stateOf('gw')).toBe('lost'));
    expect(performance.now() - started).toBeGreaterThanOrEqual(800);
  });

  it('declares nothing lost as long as it can tell nobody, nor within a term afterwards', async () => {
    await connectClient('untold', 1, 'lost-before');
    await age('lost-before', 60);
    await leases.expire(10_000);
    await anOldLease();
    await jsm.streams.delete(subjects.stream);
    const TERM_MS = 600;
    startReaper(TERM_MS);
    const failures = () => notes.filter(({ event }) => event === 'reaper-failed').map(({ at }) => at);
    await eventually(() => expect(failures().length).toBeGreaterThan(6));
    expect(failures().at(-1)! - failures()[0]!).toBeGreaterThan(TERM_MS);
    expect(await stateOf('gw')).toBe('alive');
    await ensureStreams(bus, subjects);
    await eventually(async () => expect(await stateOf('gw')).toBe('lost'));
    expect(performance.now() - failures().at(-1)!).toBeGreaterThanOrEqual(TERM_MS);
  });

  it('gives everybody a whole term again after MongoDB was away', async () => {
    await anOldLease();
    const started = performance.now();
    startReaper(1_500);
    await mongo.kill();
    await eventually(() => expect(notes.map(({ event }) => event)).toContain('reaper-failed'), 20_000);
    await mongo.start();
    await eventually(async () => expect(await stateOf('gw')).toBe('lost'), 20_000);
    const failures = notes.filter(({ event }) => event === 'reaper-failed').map(({ at }) => at);
    expect(failures[0]).toBeGreaterThan(started);
    expect(performance.now() - Math.max(...failures)).toBeGreaterThanOrEqual(1_500);
  });
});

describe('the sweeper', () => {
  const TTL_S = 600;
  const DAY_S = 24 * 3_600;
  const EIGHT_DAYS_S = 8 * 24 * 3_600;
  let sweeper: Sweeper;

  beforeEach(async () => {
    await ensureStreams(bus, subjects);
    await ensureConsumer(bus, subjects);
    sweeper = new Sweeper(bus, fixture.store, subjects, {} as Logger, {
      TOMBSTONE_TTL_S: TTL_S,
    });
  });

  /** Puts events into the stream, of which the first ones are acknowledged. */
  async function storeEvents(count: number, acknowledged: number): Promise<void> {
    const js = connection.jetstream();
    for (let seq = 1; seq <= count; seq++) await js.publish(subjects.event('message', `gw.${seq}`), 'x');
    const consumer = await js.consumers.get(subjects.stream, subjects.consumer);
    const messages = await consumer.fetch({ max_messages: acknowledged });
    for await (const message of messages) await message.ackAck();
  }

  async function tombstone(socketId: string, streamSeq: number, ageS: number, state = 'closed'): Promise<void> {
    const replyId = await connectClient(socketId);
    await fixture.store.clients.updateOne({ replyId }, [
      { $set: { state, sync: { streamSeq, endedAt: { $subtract: ['$$NOW', ageS * 1000] } } } },
    ]);
  }

  const left = async () =>
    (await fixture.store.clients.find().sort({ _id: 1 }).toArray()).map(({ replyId }) => replyId);

  it('deletes only what has left long ago, and of which nothing can still come', async () => {
    await storeEvents(5, 3);
    await tombstone('old', 3, TTL_S + 10);
    await tombstone('lost-long-ago', 1, DAY_S + 10, 'lost');
    await tombstone('lost', 1, DAY_S - 10, 'lost');
    await tombstone('young', 1, TTL_S - 10);
    await tombstone('unsettled', 4, TTL_S + 10);
    await connectClient('live');
    await sweeper.sweep();
    expect(await left()).toEqual(['gw.live', 'gw.lost', 'gw.unsettled', 'gw.young']);
  });

  it('deletes what was told of a client whose connect never was, once all of that has left the stream', async () => {
    await storeEvents(5, 3);
    for (const streamSeq of [2, 3])
      await fixture.store.clients.insertOne({
        _id: `ws_client_gw.${streamSeq}`,
        replyId: `gw.${streamSeq}`,
        sync: { streamSeq },
      } as never);
    await sweeper.sweep();
    expect(await left()).toEqual(['gw.2', 'gw.3']);
    await jsm.streams.purge(subjects.stream, { seq: 3 });
    await sweeper.sweep();
    expect(await left()).toEqual(['gw.3']);
  });

  it('deletes gateways that have ended long ago, when none of their clients is left', async () => {
    for (const gatewayId of ['ended', 'ended-lately', 'with-client']) {
      await leases.renew(renewal({ gatewayId }));
      await leases.release({ gatewayId, epoch: 1 });
    }
    await connectClient('still-there', 1, 'with-client');
    await leases.renew(renewal({ gatewayId: 'alive' }));
    for (const gatewayId of ['ended', 'with-client', 'alive']) await age(gatewayId, EIGHT_DAYS_S);
    await age('ended-lately', TTL_S * 10);
    await sweeper.sweep();
    expect((await fixture.store.gateways.find().sort({ _id: 1 }).toArray()).map(({ _id }) => _id)).toEqual([
      'alive',
      'ended-lately',
      'with-client',
    ]);
  });

  it('keeps in mind that a lease was lost, so that a gateway cut off for long announces its clients again', async () => {
    await leases.renew(renewal());
    await age('gw', TTL_S * 10);
    await leases.expire(10_000);
    await sweeper.sweep();
    expect(await leases.renew(renewal())).toEqual({ result: 'lost', epoch: 1 });
    await age('gw', EIGHT_DAYS_S);
    await sweeper.sweep();
    expect(await leases.find('gw')).toBeNull();
  });

  it('rejects where there is nobody to ask how far the consumer is', async () => {
    await jsm.consumers.delete(subjects.stream, subjects.consumer);
    await tombstone('old', 1, TTL_S + 10);
    await expect(sweeper.sweep()).rejects.toThrow('consumer not found');
    expect(await left()).toEqual(['gw.old']);
  });
});
