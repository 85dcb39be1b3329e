/** Events from the stream into documents: shared by registries, past what can't be stored, through MongoDB's death. */
import 'reflect-metadata';
import { setTimeout } from 'node:timers/promises';
import type { StoredEvent } from '@wscm/bus';
import { contentTypes, encodeEvent, type GatewayEvent } from '@wscm/contracts';
import { createLogger } from '@wscm/runtime';
import { eventually } from '@wscm/testing';
import { UplinkMetrics } from './uplink-metrics';
import type { ClientFacts } from '../store/client-facts';
import { ClientWriter } from '../store/client-writer';
import { connectedEvent, http, messageEvent, siteForAllTests, type TestRegistry } from '../testing/site';
import { StoreFixture } from '../testing/store-fixture';
import { DeadLetters } from './dead-letters';
import { EventIntake } from './event-intake';

const site = siteForAllTests({ LEASE_TTL_MS: '600000' });

afterEach(() => site.stopRegistries());

interface DeadLetter {
  subject: string;
  payload: Buffer;
  header: (name: string) => string;
}

async function deadLetters(): Promise<DeadLetter[]> {
  const name = site.subjects.deadLetterStream;
  const { state } = await site.jsm.streams.info(name);
  const numbers = Array.from({ length: state.messages }, (_, at) => state.first_seq + at);
  const stored = await Promise.all(numbers.map((seq) => site.jsm.streams.getMessage(name, { seq })));
  return stored.map(({ subject, data, header }) => ({
    ...{ subject, payload: Buffer.from(data), header: (key: string) => header.get(key) },
  }));
}

const metric = async ({ url }: TestRegistry, name: string): Promise<number> => {
  const { body } = await http(`${url}/metrics`);
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(body as string)?.[1]);
};

const progress = async () => {
  const info = await site.jsm.consumers.info(site.subjects.stream, site.subjects.consumer);
  return { pending: info.num_pending, unacknowledged: info.num_ack_pending };
};

/** Waits until every event that is in the stream is in effect. */
const untilAllIsStored = (deadlineMs = 20_000) =>
  eventually(async () => expect(await progress()).toEqual({ pending: 0, unacknowledged: 0 }), deadlineMs);

const headersOf = (kind: string, given: Record<string, string> = {}) => ({
  ...{ 'ce-specversion': '1.0', 'ce-id': 'x', 'ce-source': '/someone', 'ce-type': `wscm.${kind}` },
  ...{ 'ce-time': '2026-11-23T05:00:00.000Z', 'content-type': 'text/plain', 'wscm-seq': '1' },
  ...given,
});

describe('an event that can’t be stored', () => {
  const about = 'made-up.client';
  const subject = (kind: string, whom = about) => `${site.prefix}.events.${kind}.${whom}`;

  it('is set aside with the reason, and the rest of its batch is in effect', async () => {
    await site.put(connectedEvent(about));
    const bad: [string, string, Record<string, string>, RegExp][] = [
      [subject('message'), 'no headers', {}, /ce-id is missing/],
      [subject('message'), 'no number', headersOf('message', { 'wscm-seq': '-1' }), /wscm-seq is no whole number/],
      [subject('message'), 'no time', headersOf('message', { 'ce-time': 'noon' }), /ce-time is no time/],
      [subject('message', 'forged'), 'whom', headersOf('message'), /unknown subject/],
      [subject('nonsense'), 'what', headersOf('nonsense'), /unknown subject/],
      [subject('connected'), '{"path":1}', headersOf('connected'), /bad payload/],
      [subject('connected'), '{', headersOf('connected'), /no JSON/],
      [subject('disconnected'), '{"code":1}', headersOf('disconnected'), /bad payload/],
      [subject('broadcast', 'a.b'), 'whom', headersOf('broadcast', { 'wscm-order': '1' }), /unknown subject/],
    ];
    const places: number[] = [];
    for (const [to, payload, headers] of bad) places.push(await site.putRaw(to, payload, headers));
    // A field's name takes no zero byte in BSON, so this one is well-formed, and MongoDB can't have it.
    const unstorable = connectedEvent('made-up.unstorable', { query: { 'a\0b': 'x' } });
    places.push(await site.put(unstorable));
    await site.put(messageEvent(about, 1, 'still here'));

    const registry = await site.startRegistry();
    await site.untilStored(about, { state: 'live', messagesFromClient: 1 });
    await untilAllIsStored();

    const letters = await deadLetters();
    const found = letters.map((letter) => Number(letter.header('wscm-stream-seq'))).sort((a, b) => a - b);
    expect(found).toEqual(places);
    for (const [at, [to, payload, headers, reason]] of bad.entries()) {
      const letter = letters.find((each) => each.header('wscm-stream-seq') === String(places[at]))!;
      expect(letter.subject).toBe(to.replace('.events.', '.dead.events.'));
      expect(letter.payload.toString()).toBe(payload);
      expect(letter.header('wscm-dead-letter-reason')).toMatch(reason);
      for (const [name, value] of Object.entries(headers)) expect(letter.header(name)).toBe(value);
    }
    const last = letters.find((each) => each.header('wscm-stream-seq') === String(places.at(-1)))!;
    expect(last.header('wscm-dead-letter-reason')).toMatch(/null bytes/);
    expect(last.header('content-type')).toBe(contentTypes.json);
    expect(await site.clients.countDocuments()).toBe(1);

    expect(await metric(registry, 'wscm_registry_dead_letters_total')).toBe(places.length);
    expect(await metric(registry, 'wscm_registry_events_stored_total')).toBe(places.length + 2);
  });

  it.each([
    ['a payload as large as NATS takes', subject('message'), Buffer.alloc(1_048_576, 'x'), {}],
    ['headers as large as JetStream takes', subject('message'), '', { 'ce-source': 'x'.repeat(65_480) }],
    ['a subject as long as NATS takes', subject('message', 'x'.repeat(4_030)), '', {}],
  ])('does not stop the others where it has %s', async (_, to, payload, headers) => {
    await site.startRegistry();
    const before = (await deadLetters()).length;
    site.publish(to, payload, headers);
    await eventually(async () => expect(await deadLetters()).toHaveLength(before + 1));
    expect((await deadLetters()).at(-1)?.header('wscm-dead-letter-reason')).toMatch(/missing|unknown subject/);
    await untilAllIsStored();
  });

  it('is set aside once, though it comes again', async () => {
    const before = (await deadLetters()).length;
    await site.putRaw(subject('message'), 'again', {});
    const { config } = await site.jsm.consumers.info(site.subjects.stream, site.subjects.consumer);
    await site.jsm.consumers.delete(site.subjects.stream, site.subjects.consumer);
    await site.jsm.consumers.add(site.subjects.stream, config);
    const registry = await site.startRegistry();
    await untilAllIsStored();
    expect((await deadLetters()).length).toBe(before + 1);
    expect(await metric(registry, 'wscm_registry_dead_letters_total')).toBe(1);
    await site.untilStored(about, { messagesFromClient: 1 });
  });
});

describe('an event that MongoDB refuses', () => {
  /** Makes MongoDB refuse documents of a collection that do not match. */
  const onlyTake = (collection: string, validator: object) => site.db.command({ collMod: collection, validator });
  const letters = async () => (await deadLetters()).map(({ payload, header }) => [payload.toString(), header] as const);

  beforeAll(async () => {
    await site.startRegistry();
    await untilAllIsStored();
    await site.stopRegistries();
  });
  afterEach(async () => {
    await onlyTake('clients', {});
    await onlyTake('gateways', {});
  });

  it('is set aside with the reason after some tries, and all others are stored meanwhile', async () => {
    const before = (await letters()).length;
    const others = clientIds('fine', 300);
    const refused = 'fine.refused';
    await onlyTake('clients', { replyId: { $ne: refused } });
    await Promise.all(others.slice(0, 150).map((replyId) => site.put(connectedEvent(replyId))));
    const place = await site.put(messageEvent(refused, 1, 'nobody wants me'));
    await Promise.all(others.slice(150).map((replyId) => site.put(connectedEvent(replyId))));

    const registry = await site.startRegistry();
    const started = performance.now();
    await eventually(async () => expect(await site.clients.countDocuments({ gatewayId: 'fine' })).toBe(300));
    await untilAllIsStored();
    expect(performance.now() - started).toBeLessThan(5_000);
    const [letter, ...more] = (await letters()).slice(before);
    expect(more).toEqual([]);
    expect(letter![0]).toBe('nobody wants me');
    expect(letter![1]('wscm-dead-letter-reason')).toMatch(/failed validation/);
    expect(letter![1]('wscm-stream-seq')).toBe(String(place));
    expect(await metric(registry, 'wscm_registry_dead_letters_total')).toBe(1);
    expect(await metric(registry, 'wscm_registry_events_stored_total')).toBe(301);

    await onlyTake('clients', {});
    await site.put(messageEvent(refused, 2, 'now I am welcome'));
    await site.untilStored(refused, { messagesFromClient: 2 });
    expect(await letters()).toHaveLength(before + 1);
  });

  it('is stored where MongoDB takes it at a later try', async () => {
    const before = (await letters()).length;
    await onlyTake('clients', { replyId: { $ne: 'late.one' } });
    await site.startRegistry();
    await site.put(connectedEvent('late.one'));
    await eventually(async () => expect((await progress()).unacknowledged).toBe(1));
    await onlyTake('clients', {});
    await site.untilStored('late.one', { state: 'live' });
    await untilAllIsStored();
    expect(await letters()).toHaveLength(before);
  });

  it('leaves the other broadcasts of its batch in effect, those of its gateway and of others', async () => {
    const before = (await letters()).length;
    const refused = { _id: 'speaker', 'lastBroadcast.message': 'broadcast 3' };
    await onlyTake('gateways', { $nor: [refused] });
    for (const seq of [1, 2, 3])
      for (const gatewayId of ['speaker', 'other']) await site.put(broadcastEvent(gatewayId, seq));
    await site.startRegistry();
    await untilAllIsStored();
    const gateway = await site.gateways.findOne({ _id: 'speaker' });
    expect(gateway).toMatchObject({ broadcasts: 2, lastBroadcast: { order: 2, message: 'broadcast 2' } });
    const other = await site.gateways.findOne({ _id: 'other' });
    expect(other).toMatchObject({ broadcasts: 3, lastBroadcast: { order: 3, message: 'broadcast 3' } });
    expect((await letters()).slice(before).map(([payload]) => payload)).toEqual(['broadcast 3']);
  });

  it('is told from a MongoDB that takes nothing for now: then all are kept, for as long as it takes', async () => {
    const before = (await letters()).length;
    const registry = await site.startRegistry();
    const block = (global: boolean) => site.admin.command({ setUserWriteBlockMode: 1, global });
    await block(true);
    const ids = clientIds('blocked', 20);
    await Promise.all(ids.map((replyId) => site.put(connectedEvent(replyId))));
    // Longer than all tries of an event that fails alone.
    await setTimeout(3_000);
    expect(await progress()).toEqual({ pending: 0, unacknowledged: 20 });
    expect((await http(`${registry.url}/readyz`)).status).toBe(503);
    await block(false);
    await untilAllIsStored();
    await expectNumbers(ids, 0);
    expect(await letters()).toHaveLength(before);
  });
});

describe('an event that our own code fails at', () => {
  it('is set aside, and all others are stored', async () => {
    const fixture = await StoreFixture.open(site.mongo.url);
    /** As a bug would: it fails wherever this client is in the batch. */
    class BuggyWriter extends ClientWriter {
      override async write(facts: readonly ClientFacts[]): Promise<void> {
        if (facts.some(({ replyId }) => replyId === 'bug.3')) throw new TypeError('undefined is not a function');
        await super.write(facts);
      }
    }
    const writer = new BuggyWriter(fixture.store, { CLIENT_KEY_PREFIX: '' });
    const metrics = new UplinkMetrics();
    const letters = new DeadLetters(site.bus, site.subjects);
    const intake = new EventIntake(writer, letters, site.subjects, metrics, createLogger('test', 'silent'));
    const before = (await deadLetters()).length;
    await intake.take(Array.from({ length: 10 }, (_, at) => storedEvent(messageEvent(`bug.${at}`, 1), 1_000_000 + at)));
    expect(await fixture.store.clients.countDocuments()).toBe(9);
    const letter = (await deadLetters()).slice(before);
    expect(letter.map(({ header }) => header('wscm-dead-letter-reason'))).toEqual([
      'TypeError: undefined is not a function',
    ]);
    await fixture.close();
  });

  /** As it comes from the stream. */
  function storedEvent(event: GatewayEvent, streamSeq: number): StoredEvent {
    const { subject, headers, payload } = encodeEvent(event, site.subjects);
    return { subject, payload, header: (name) => headers[name] ?? '', streamSeq };
  }
});

describe('several registries', () => {
  it('share the events, and none is missed or counted twice', async () => {
    const registries = [await site.startRegistry(), await site.startRegistry()];
    const ids = clientIds('shared', 20);
    await Promise.all(ids.map((replyId) => site.put(connectedEvent(replyId))));
    for (let seq = 1; seq <= 20; seq++) await Promise.all(ids.map((replyId) => site.put(messageEvent(replyId, seq))));
    await untilAllIsStored();
    const stored = await Promise.all(registries.map((each) => metric(each, 'wscm_registry_events_stored_total')));
    expect(stored[0]! + stored[1]!).toBe(20 * 21);
    expect(Math.min(...stored)).toBeGreaterThan(0);
    await expectNumbers(ids, 20);
  });

  it('miss nothing and count nothing twice when MongoDB dies under load', async () => {
    await site.startRegistry();
    await site.startRegistry();
    const ids = clientIds('crash', 20);
    const say = (from: number, to: number) =>
      Promise.all(
        ids.map(async (replyId) => {
          for (let seq = from; seq <= to; seq++) await site.put(messageEvent(replyId, seq));
        }),
      );
    await Promise.all(ids.map((replyId) => site.put(connectedEvent(replyId))));
    const load = say(1, 40);
    await site.untilStored(ids[0]!, { messagesFromClient: expect.any(Number) as number });
    const letters = await deadLetters();
    await site.mongo.kill();
    await load;
    await say(41, 50);
    expect((await progress()).unacknowledged).toBeGreaterThan(0);
    await site.mongo.start();
    await untilAllIsStored();
    await expectNumbers(ids, 50);
    expect(await deadLetters()).toHaveLength(letters.length);
  });

  it('take over at once what one that stops could not store', async () => {
    const first = await site.startRegistry();
    await site.mongo.kill();
    const ids = clientIds('handed-over', 10);
    await Promise.all(ids.map((replyId) => site.put(connectedEvent(replyId))));
    await eventually(async () => expect((await progress()).unacknowledged).toBe(10));
    await first.stop();
    await site.mongo.start();
    await site.startRegistry();
    const started = performance.now();
    await untilAllIsStored();
    // Not only when the acknowledgement wait of 30 s is over.
    expect(performance.now() - started).toBeLessThan(10_000);
    await expectNumbers(ids, 0);
  });
});

const broadcastEvent = (gatewayId: string, seq: number): GatewayEvent => ({
  ...{ kind: 'broadcast', id: `broadcast-${gatewayId}-${seq}`, time: new Date().toISOString(), source: '/made-up' },
  ...{ gatewayId, seq, order: seq, frame: { type: 'text', data: Buffer.from(`broadcast ${seq}`) } },
});

const clientIds = (gatewayId: string, count: number): string[] =>
  Array.from({ length: count }, (_, at) => `${gatewayId}.client-${at}`);

async function expectNumbers(ids: string[], messages: number): Promise<void> {
  const documents = await site.clients.find({ replyId: { $in: ids } }).toArray();
  expect(documents).toHaveLength(ids.length);
  for (const { state, messagesFromClient, lastMessageFromClient } of documents)
    expect({ state, messagesFromClient, last: lastMessageFromClient?.message ?? null }).toEqual({
      ...{ state: 'live', messagesFromClient: messages, last: messages === 0 ? null : `message ${messages}` },
    });
}
