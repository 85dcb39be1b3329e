/** Events on their way to a real JetStream: none is lost, none comes twice, whatever happens to NATS. */
import { setImmediate, setTimeout as pause } from 'node:timers/promises';
import { type EncodedEvent, subjectsOf } from '@wscm/contracts';
import { eventually, startTestNats, type TestServer } from '@wscm/testing';
import { DiscardPolicy, type JetStreamManager } from 'nats';
import { Bus } from './bus';
import { ensureStreams } from './event-stream';
import { headerBlock } from './header-block';
import { Outbox, type OutboxOptions } from './outbox';

const subjects = subjectsOf('test');
const { stream } = subjects;

let nats: TestServer;
let bus: Bus;
let jsm: JetStreamManager;
let outboxes: Outbox[];

beforeAll(async () => {
  nats = await startTestNats();
}, 120_000);

afterAll(() => nats.stop());

beforeEach(async () => {
  outboxes = [];
  bus = await Bus.connect({ url: nats.url, name: 'test', maxMessageBytes: 1024 });
  jsm = await bus.connection.jetstreamManager();
  await ensureStreams(bus, subjects);
});

afterEach(async () => {
  for (const outbox of outboxes) outbox.close();
  await jsm.streams.delete(stream);
  await bus.close();
});

function newOutbox(options: Partial<OutboxOptions> = {}): Outbox {
  const outbox = new Outbox(bus, { maxBytes: 1_000_000, ...options });
  outboxes.push(outbox);
  return outbox;
}

const CLIENTS = ['g.a', 'g.b', 'g.c'] as const;

const clientOf = (number: number): string => CLIENTS[number % CLIENTS.length]!;

/** The `number`-th event; clients take turns. */
const eventOf = (number: number): EncodedEvent => ({
  subject: subjects.event('message', clientOf(number)),
  headers: { 'ce-id': `id-${number}`, 'wscm-seq': String(number) },
  payload: Buffer.from(`payload ${number}`),
});

function addAll(outbox: Outbox, from: number, to: number): void {
  for (let number = from; number < to; number++) outbox.add(eventOf(number), `id-${number}`, clientOf(number));
}

interface Stored {
  subject: string;
  payload: string;
  headers: Record<string, string>;
}

/** All that stands in the stream, in its order. */
async function storedEvents(): Promise<Stored[]> {
  const { state } = await jsm.streams.info(stream);
  const places = Array.from({ length: state.messages }, (_, index) => state.first_seq + index);
  return Promise.all(
    places.map(async (seq) => {
      const message = await jsm.streams.getMessage(stream, { seq });
      const headers = Object.fromEntries(message.header.keys().map((name) => [name, message.header.get(name)]));
      return { subject: message.subject, payload: message.string(), headers };
    }),
  );
}

/** Each of them is stored once, and each client's in the order in which they were added. */
async function expectStored(from: number, to: number): Promise<void> {
  const numbers = (await storedEvents()).map(({ headers }) => Number(headers['wscm-seq']));
  for (const client of CLIENTS) {
    const wanted = Array.from({ length: to - from }, (_, index) => from + index).filter(
      (each) => clientOf(each) === client,
    );
    expect(numbers.filter((each) => clientOf(each) === client)).toEqual(wanted);
  }
}

test('events are stored in order, with their headers and ids', async () => {
  let told = 0;
  const outbox = newOutbox({ onStored: () => (told += 1) });
  addAll(outbox, 0, 300);
  await expect(outbox.flush(10_000)).resolves.toBe(true);
  await expectStored(0, 300);
  expect(await storedEvents()).toContainEqual({
    subject: 'test.events.message.g.b',
    payload: 'payload 7',
    headers: { 'Nats-Msg-Id': 'id-7', 'ce-id': 'id-7', 'wscm-seq': '7' },
  });
  expect(told).toBe(300);
});

test('events that may wait go at once after a pause, then wait for each other, or until one comes that may not', async () => {
  let mayWait = true;
  let added = 0;
  const outbox = newOutbox({ mayWait: () => mayWait });
  const writes = () => bus.connection.stats().outMsgs;
  const add = async (count: number) => {
    addAll(outbox, added, (added += count));
    await setImmediate();
  };
  // Again where the machine takes longer for these steps than an event waits.
  await eventually(async () => {
    await pause(50);
    const before = writes();
    await add(1);
    expect(writes()).toBe(before + 1);
    await add(1);
    await add(1);
    expect(writes()).toBe(before + 1);
    await eventually(() => expect(writes()).toBe(before + 3));
    await add(2);
    mayWait = false;
    await add(1);
    mayWait = true;
    expect(writes()).toBe(before + 6);
  });
  await expect(outbox.flush(10_000)).resolves.toBe(true);
  await expectStored(0, added);
});

test('an event that is added again is stored once', async () => {
  const outbox = newOutbox();
  addAll(outbox, 0, 3);
  addAll(outbox, 1, 4);
  await expect(outbox.flush(10_000)).resolves.toBe(true);
  await expectStored(0, 4);
});

test('more events than are under way at a time are all stored, in order', async () => {
  const outbox = newOutbox({ maxBytes: 1 });
  addAll(outbox, 0, 4_500);
  expect(outbox.size).toBe(4_500);
  await expect(outbox.flush(20_000)).resolves.toBe(true);
  await expectStored(0, 4_500);
});

test('bytes count subject, headers, payload and overhead of what waits; full is told from the limit on', async () => {
  await jsm.streams.delete(stream);
  const bytesOf = ({ subject, headers, payload }: EncodedEvent) => {
    const { size } = headerBlock({ ...headers, 'Nats-Msg-Id': headers['ce-id']! });
    return subject.length + size + payload.length + 400;
  };
  const both = bytesOf(eventOf(0)) + bytesOf(eventOf(1));
  const outbox = newOutbox({ maxBytes: both });
  expect(outbox).toMatchObject({ bytes: 0, size: 0, full: false });
  addAll(outbox, 0, 1);
  expect(outbox).toMatchObject({ bytes: bytesOf(eventOf(0)), size: 1, full: false });
  addAll(outbox, 1, 2);
  expect(outbox).toMatchObject({ bytes: both, size: 2, full: true });
  addAll(outbox, 2, 3);
  expect(outbox).toMatchObject({ size: 3, full: true });
  await ensureStreams(bus, subjects);
  await expect(outbox.flush(10_000)).resolves.toBe(true);
  expect(outbox).toMatchObject({ bytes: 0, size: 0, full: false });
  await expect(storedEvents()).resolves.toHaveLength(3);
});

test('flush ends with false when its time is over, and at once with true when nothing waits', async () => {
  const outbox = newOutbox();
  await expect(outbox.flush(0)).resolves.toBe(true);
  await jsm.streams.delete(stream);
  addAll(outbox, 0, 1);
  await expect(outbox.flush(50)).resolves.toBe(false);
  await ensureStreams(bus, subjects);
  await expect(outbox.flush(10_000)).resolves.toBe(true);
});

test('while NATS is away events wait, and then come once each and in order', async () => {
  const outbox = newOutbox();
  addAll(outbox, 0, 200);
  await expect(outbox.flush(10_000)).resolves.toBe(true);
  await nats.kill();
  await eventually(() => expect(bus.connected).toBe(false));
  addAll(outbox, 200, 400);
  await expect(outbox.flush(300)).resolves.toBe(false);
  expect(outbox.size).toBe(200);
  await nats.start();
  addAll(outbox, 400, 600);
  await expect(outbox.flush(20_000)).resolves.toBe(true);
  await expectStored(0, 600);
});

test('a kill in the midst of it loses nothing, doubles nothing, and keeps the order', async () => {
  let told = 0;
  const outbox = newOutbox({ onStored: () => (told += 1) });
  let added = 0;
  const adding = setInterval(() => addAll(outbox, added, (added += 50)), 2);
  for (const floor of [300, 1_200]) {
    await eventually(() => expect(told).toBeGreaterThan(floor));
    await nats.killAndRestart();
  }
  await eventually(() => expect(bus.connected).toBe(true));
  clearInterval(adding);
  await expect(outbox.flush(20_000)).resolves.toBe(true);
  await expectStored(0, added);
}, 60_000);

test('events for which there is no stream are told, kept, and stored when there is one', async () => {
  const refusals: string[] = [];
  await jsm.streams.delete(stream);
  const outbox = newOutbox({ onRefused: (reason) => refusals.push(reason) });
  addAll(outbox, 0, 50);
  await eventually(() => expect(refusals).toContain('no stream takes it'));
  expect(outbox.size).toBe(50);
  await ensureStreams(bus, subjects);
  await expect(outbox.flush(10_000)).resolves.toBe(true);
  await expectStored(0, 50);
});

test('events that a full stream refuses are kept, and stored when there is room', async () => {
  const refusals: string[] = [];
  await jsm.streams.update(stream, { max_msgs: 20, discard: DiscardPolicy.New });
  const outbox = newOutbox({ onRefused: (reason) => refusals.push(reason) });
  addAll(outbox, 0, 50);
  await eventually(() => expect(refusals).toContain('maximum messages exceeded'));
  await eventually(() => expect(outbox.size).toBe(30));
  await jsm.streams.update(stream, { max_msgs: -1 });
  await expect(outbox.flush(10_000)).resolves.toBe(true);
  await expectStored(0, 50);
});

test('where JetStream refuses, none overtakes one of the same client that is refused, though it would be taken', async () => {
  const { config } = await jsm.streams.info(stream);
  const limit = (bytes: number) =>
    jsm.streams.update(stream, { ...config, max_bytes: bytes, discard: DiscardPolicy.New });
  await limit(1);
  const refusals: string[] = [];
  const outbox = newOutbox({ onRefused: (reason) => refusals.push(reason) });
  addAll(outbox, 0, 3);
  await eventually(() => expect(refusals).toContain('maximum bytes exceeded'));
  for (let number = 3; number < 60; number++) {
    const event = eventOf(number);
    const payload = number % 4 === 0 ? Buffer.alloc(700, 'x') : event.payload;
    outbox.add({ ...event, payload }, `id-${number}`, clientOf(number));
  }
  for (const bytes of [600, 1_000, 1_400, 1_800, 2_200]) {
    const before = refusals.length;
    await limit(bytes);
    await eventually(() => expect(refusals.length).toBeGreaterThan(before + 1));
  }
  await limit(-1);
  await expect(outbox.flush(10_000)).resolves.toBe(true);
  await expectStored(0, 60);
}, 30_000);

test('one that is larger than the stream takes is given up and told, and the others come', async () => {
  await jsm.streams.update(stream, { max_msg_size: 500 });
  const given: string[] = [];
  const outbox = newOutbox({ onUnsendable: (subject, error) => given.push(`${subject}: ${String(error)}`) });
  addAll(outbox, 0, 3);
  outbox.add({ ...eventOf(3), payload: Buffer.alloc(501) }, 'id-large', clientOf(3));
  addAll(outbox, 3, 20);
  await expect(outbox.flush(10_000)).resolves.toBe(true);
  expect(given).toEqual([`${eventOf(3).subject}: Error: message size exceeds maximum allowed`]);
  await expectStored(0, 20);
});

test('refusals are told a few times a second, however many events wait', async () => {
  let refusals = 0;
  await jsm.streams.delete(stream);
  const outbox = newOutbox({ onRefused: () => (refusals += 1) });
  addAll(outbox, 0, 1_000);
  await expect(outbox.flush(1_000)).resolves.toBe(false);
  expect(refusals).toBeGreaterThan(0);
  expect(refusals).toBeLessThanOrEqual(6);
  await ensureStreams(bus, subjects);
});

test('an event that is larger than NATS takes is given up and told, and the others come', async () => {
  const given: string[] = [];
  const outbox = newOutbox({ onUnsendable: (subject) => given.push(subject) });
  addAll(outbox, 0, 1);
  outbox.add({ ...eventOf(2), payload: Buffer.alloc(1_048_577) }, 'id-large', clientOf(2));
  addAll(outbox, 1, 2);
  await expect(outbox.flush(10_000)).resolves.toBe(true);
  expect(given).toEqual([eventOf(2).subject]);
  await expectStored(0, 2);
  expect(outbox).toMatchObject({ bytes: 0, size: 0 });
});

test('an event that is not acknowledged in time is published again, and stored once', async () => {
  await jsm.streams.update(stream, { no_ack: true });
  const outbox = newOutbox({ ackTimeoutMs: 200 });
  addAll(outbox, 0, 10);
  await eventually(async () => expect(await storedEvents()).toHaveLength(10));
  expect(outbox.size).toBe(10);
  await jsm.streams.update(stream, { no_ack: false });
  await expect(outbox.flush(10_000)).resolves.toBe(true);
  await expect(storedEvents()).resolves.toHaveLength(10);
});

test('a closed outbox leaves no timer, subscription or listener', async () => {
  const timers = () => process.getActiveResourcesInfo().filter((what) => what === 'Timeout').length;
  const { connection } = bus;
  const subscriptions = () =>
    (connection as unknown as { protocol: { subscriptions: { size(): number } } }).protocol.subscriptions.size();
  const before = [timers(), subscriptions()];
  const outbox = new Outbox(bus, { maxBytes: 1 });
  addAll(outbox, 0, 10);
  await outbox.flush(10_000);
  outbox.close();
  expect([timers(), subscriptions()]).toEqual(before);
});

test('an event that is lost on its way, while others are stored, is published again soon', async () => {
  let taken = 0;
  bus.connection.subscribe('lost', { callback: () => (taken += 1) });
  const outbox = newOutbox({ ackTimeoutMs: 1_000 });
  outbox.add({ subject: 'lost', headers: {}, payload: Buffer.from('') }, 'lost', 'g.lost');
  let number = 0;
  await eventually(() => {
    addAll(outbox, number, ++number);
    expect(taken).toBeGreaterThan(1);
  }, 5_000);
});
