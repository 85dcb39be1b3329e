/** The consumer that all registries share, on a real JetStream: every event is handled, whatever happens. */
import { setTimeout } from 'node:timers/promises';
import { type EventKind, subjectsOf } from '@wscm/contracts';
import { eventually, startTestNats, type TestServer } from '@wscm/testing';
import type { JetStreamManager } from 'nats';
import { Bus } from './bus';
import { EventConsumer, type EventConsumerOptions, type StoredEvent } from './event-consumer';
import { ACK_WAIT_MS, consumerProgress, ensureConsumer, ensureStreams, storeEvent } from './event-stream';

const subjects = subjectsOf('test');
const { stream } = subjects;
/** Far less than the time after which JetStream hands on an event by itself. */
const SOON_MS = ACK_WAIT_MS / 3;

let nats: TestServer;
let bus: Bus;
let jsm: JetStreamManager;
const buses: Bus[] = [];
const consumers: EventConsumer[] = [];

beforeAll(async () => {
  nats = await startTestNats();
}, 120_000);

afterAll(() => nats.stop());

beforeEach(async () => {
  bus = await connect();
  jsm = await bus.connection.jetstreamManager();
  await ensureStreams(bus, subjects);
  await ensureConsumer(bus, subjects);
});

afterEach(async () => {
  await Promise.all(consumers.splice(0).map((consumer) => consumer.stop()));
  await jsm.streams.delete(stream);
  await Promise.all(buses.splice(0).map((each) => each.close()));
});

async function connect(): Promise<Bus> {
  const connected = await Bus.connect({ url: nats.url, name: 'test', maxMessageBytes: 1024 });
  buses.push(connected);
  return connected;
}

/** A consumer on a connection of its own, and what it was handed. */
class Registry {
  readonly batches: string[][] = [];
  readonly errors: unknown[] = [];
  /** Whether the consumer called itself ready when it told of each error. */
  readonly readyInError: boolean[] = [];
  readonly consumer: EventConsumer;

  constructor(connection: Bus, { handle, ...rest }: Partial<EventConsumerOptions> = {}) {
    this.consumer = new EventConsumer(connection, subjects, {
      ...rest,
      handle: async (batch) => {
        this.batches.push(batch.map(textOf));
        await handle?.(batch);
      },
      onError: (error) => {
        this.errors.push(error);
        this.readyInError.push(this.consumer.ready);
      },
    });
    this.consumer.start();
    consumers.push(this.consumer);
  }

  get handled(): string[] {
    return this.batches.flat();
  }

  async untilReady(): Promise<this> {
    await eventually(() => expect(this.consumer.ready).toBe(true));
    return this;
  }

  untilHandled(count: number, deadlineMs = SOON_MS): Promise<void> {
    return eventually(() => expect(this.handled.length).toBeGreaterThanOrEqual(count), deadlineMs);
  }
}

const textOf = ({ payload }: StoredEvent): string => Buffer.from(payload).toString();

const registry = async (options?: Partial<EventConsumerOptions>): Promise<Registry> =>
  new Registry(await connect(), options).untilReady();

let ids = 0;
const store = (text: string, kind: EventKind = 'message'): Promise<unknown> =>
  storeEvent(
    bus,
    { subject: subjects.event(kind, 'g.s'), headers: { 'wscm-seq': text }, payload: Buffer.from(text) },
    `id-${ids++}`,
  );

const texts = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, index) => String(from + index));

async function storeAll(from: number, to: number): Promise<void> {
  await Promise.all(texts(from, to).map((text) => store(text)));
}

const sorted = (all: readonly string[]): string[] => [...all].sort((a, b) => Number(a) - Number(b));

/** A gate that handlers wait at. */
function gate(): { opened: Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

const untilAllAcknowledged = (count: number): Promise<void> =>
  eventually(async () => {
    await expect(consumerProgress(bus, subjects)).resolves.toMatchObject({
      ackFloor: count,
      pending: 0,
      unacknowledged: 0,
    });
  });

describe('events', () => {
  test('that wait in numbers are handed on in batches, once each, and acknowledged', async () => {
    await storeAll(0, 3_000);
    const { consumer, batches, handled } = await registry().then(async (each) => {
      await each.untilHandled(3_000);
      return each;
    });
    expect(sorted(handled)).toEqual(texts(0, 3_000));
    expect(Math.max(...batches.map((batch) => batch.length))).toBeGreaterThan(100);
    expect(Math.max(...batches.map((batch) => batch.length))).toBeLessThanOrEqual(2_000);
    expect(consumer.ready).toBe(true);
    await untilAllAcknowledged(3_000);
  });

  test.each([
    ['of what was sent to clients', ['delivered', 'delivered']],
    ['of clients that come and go', ['connected', 'disconnected']],
  ] as const)('%s are handed on together, some milliseconds apart', async (_, [one, other]) => {
    const each = await registry();
    const began = performance.now();
    for (let i = 0; performance.now() - began < 400; i++) await store(String(i), i % 2 === 0 ? one : other);
    await eventually(() => expect(each.handled.length).toBeGreaterThan(20));
    // 50 ms apart, and the first one at once.
    expect(each.batches.length).toBeLessThanOrEqual((performance.now() - began) / 50 + 1);
  });

  test('of what a client said are handed on at once, and what waits with them', async () => {
    const begun: number[] = [];
    const each = await registry({ handle: () => Promise.resolve(void begun.push(performance.now())) });
    for (let i = 0; i < 40; i += 2) {
      await store(String(i), 'connected');
      await store(String(i + 1));
      await each.untilHandled(i + 2);
    }
    // Were they apart, each would begin 50 ms after the one before. (Some may where the machine is slow.)
    const gaps = begun.slice(1).map((at, index) => at - (begun[index] ?? 0));
    expect(Math.min(...gaps)).toBeLessThan(40);
  });

  test('come with their subject, headers and place in the stream', async () => {
    const seen: StoredEvent[] = [];
    await registry({ handle: (batch) => Promise.resolve(void seen.push(...batch)) });
    await store('7');
    await store('8');
    await eventually(() => expect(seen).toHaveLength(2));
    expect(seen.map(({ subject, streamSeq }) => [subject, streamSeq])).toEqual([
      ['test.events.message.g.s', 1],
      ['test.events.message.g.s', 2],
    ]);
    expect(seen[0]!.header('wscm-seq')).toBe('7');
    expect(seen[0]!.header('absent')).toBe('');
  });

  test.each([
    ['the time of a pull ends', 100_000, 6_500],
    ['the number of a pull is reached', 1, 500],
  ])('that come one by one are handed on at once, also when %s', async (_when, maxBatch, forMs) => {
    const each = await registry({ maxBatch });
    const end = performance.now() + forMs;
    let slowest = 0;
    for (let count = 1; performance.now() < end; count++) {
      const began = performance.now();
      await store(String(count));
      while (each.handled.length < count && performance.now() - began < SOON_MS)
        await new Promise<void>((resolve) => setImmediate(resolve));
      slowest = Math.max(slowest, performance.now() - began);
    }
    expect(slowest).toBeLessThan(1_000);
    expect(each.errors).toEqual([]);
    expect(each.batches.length).toBe(each.handled.length);
  });
});

test('large events make small batches: what waits has a bound', async () => {
  const { opened, open } = gate();
  const slow = await registry({ maxBytes: 1, handle: () => opened });
  // The least bound is two of the largest messages, 2 MiB: about 20 of these.
  const large = texts(0, 100).map((text) => text.padEnd(100_000));
  await Promise.all(large.map((text) => store(text)));
  const taken = async () => (await jsm.consumers.info(stream, subjects.consumer)).num_ack_pending;
  await eventually(() => expect(slow.batches.length).toBe(2));
  let before = -1;
  await eventually(async () => {
    const now = await taken();
    const settled = now === before;
    before = now;
    if (!settled) await setTimeout(500);
    expect(settled).toBe(true);
  });
  expect(before).toBeLessThanOrEqual(85);
  open();
  await untilAllAcknowledged(100);
  expect(Math.max(...slow.batches.map(({ length }) => length))).toBeLessThanOrEqual(45);
});

describe('a batch that is refused', () => {
  test('comes again until it is taken, and only then counts as done', async () => {
    let refusals = 3;
    const each = await registry({
      handle: () => (refusals-- > 0 ? Promise.reject(new Error('no database')) : Promise.resolve()),
    });
    await store('0');
    await each.untilHandled(1);
    await expect(consumerProgress(bus, subjects)).resolves.toMatchObject({ ackFloor: 0, unacknowledged: 1 });
    await untilAllAcknowledged(1);
    expect(each.batches).toEqual([['0'], ['0'], ['0'], ['0']]);
    expect(each.errors).toEqual(Array.from({ length: 3 }, () => new Error('no database')));
  });

  test('is handed to another registry when its own is stopped', async () => {
    const broken = await registry({ handle: () => Promise.reject(new Error('no database')) });
    await store('0');
    await eventually(() => expect(broken.errors).not.toHaveLength(0));
    await broken.consumer.stop();
    const sound = await registry();
    await sound.untilHandled(1);
    await untilAllAcknowledged(1);
  });
});

describe('several registries', () => {
  test('share the events: each goes to one of them', async () => {
    const two = [await registry({ maxBatch: 10 }), await registry({ maxBatch: 10 })];
    await storeAll(0, 400);
    const handled = () => two.flatMap((each) => each.handled);
    await eventually(() => expect(handled().length).toBeGreaterThanOrEqual(400));
    await untilAllAcknowledged(400);
    expect(sorted(handled())).toEqual(texts(0, 400));
    for (const { handled: own } of two) expect(own.length).toBeGreaterThan(0);
  });

  test('one that is stopped finishes what it has begun, and hands back the rest at once', async () => {
    const { opened, open } = gate();
    const leaving = await registry({ maxBatch: 10, handle: () => opened });
    await storeAll(0, 100);
    await eventually(() => expect(leaving.batches).toHaveLength(2));
    await eventually(async () => {
      const { unacknowledged } = await consumerProgress(bus, subjects);
      expect(unacknowledged).toBeGreaterThan(leaving.handled.length);
    });
    const stopping = leaving.consumer.stop();
    open();
    await stopping;
    const staying = await registry();
    await staying.untilHandled(100 - leaving.handled.length);
    expect(sorted([...leaving.handled, ...staying.handled])).toEqual(texts(0, 100));
    await untilAllAcknowledged(100);
  });

  test('one that is hurried hands back what it has begun, too, and acknowledges none of it later', async () => {
    const { opened, open } = gate();
    const leaving = await registry({ maxBatch: 10, handle: () => opened });
    await storeAll(0, 100);
    await eventually(() => expect(leaving.batches).toHaveLength(2));
    const stopping = leaving.consumer.stop();
    leaving.consumer.hurry();
    const taking = await registry({ maxBatch: 10, handle: () => gate().opened });
    await taking.untilHandled(20);
    open();
    await stopping;
    await bus.roundTrip(1_000);
    await expect(consumerProgress(bus, subjects)).resolves.toMatchObject({ ackFloor: 0 });
    taking.consumer.hurry();
    const last = await registry();
    await last.untilHandled(100);
    await untilAllAcknowledged(100);
    consumers.splice(consumers.indexOf(taking.consumer), 1);
  });

  test('one that is stopped while events pour in leaves none behind', async () => {
    const leaving = await registry({ maxBatch: 20 });
    const staying = await registry({ maxBatch: 20 });
    const storing = storeAll(0, 2_000);
    await leaving.untilHandled(100);
    await leaving.consumer.stop();
    const whenStopped = leaving.handled.length;
    await storing;
    const handled = () => [...leaving.handled, ...staying.handled];
    await eventually(() => expect(new Set(handled()).size).toBe(2_000), SOON_MS);
    expect(leaving.handled).toHaveLength(whenStopped);
    await untilAllAcknowledged(2_000);
  });
});

describe('ready', () => {
  test('is false before the start and after the stop', async () => {
    const connection = await connect();
    const options = { handle: () => Promise.resolve(), onError: () => undefined };
    const consumer = new EventConsumer(connection, subjects, options);
    consumers.push(consumer);
    expect(consumer.ready).toBe(false);
    consumer.start();
    await eventually(() => expect(consumer.ready).toBe(true));
    await consumer.stop();
    expect(consumer.ready).toBe(false);
  });

  test.each([
    ['stream', () => jsm.streams.delete(stream)],
    ['consumer', () => jsm.consumers.delete(stream, subjects.consumer)],
  ])('is false while the %s is gone; it is made again, and events flow', async (_what, remove) => {
    const each = await registry();
    await store('0');
    await untilAllAcknowledged(1);
    await remove();
    await eventually(() => expect(each.readyInError).toEqual([false]));
    await each.untilReady();
    await store('1');
    await eventually(() => expect(each.handled).toContain('1'));
    await eventually(async () => expect(await consumerProgress(bus, subjects)).toMatchObject({ unacknowledged: 0 }));
  });

  test('is false while events can not be handled', async () => {
    let broken = true;
    const handle = () => (broken ? Promise.reject(new Error('no database')) : Promise.resolve());
    const each = await registry({ handle });
    await store('0');
    await eventually(() => expect(each.consumer.ready).toBe(false));
    broken = false;
    await each.untilReady();
    await untilAllAcknowledged(1);
  });

  test('is false while NATS is away; it goes on where it was', async () => {
    await storeAll(0, 50);
    const each = await registry();
    await untilAllAcknowledged(50);
    await nats.kill();
    await eventually(() => expect(each.consumer.ready).toBe(false));
    await nats.start();
    await eventually(() => expect(bus.connected).toBe(true));
    const began = performance.now();
    await storeAll(50, 100);
    await each.untilHandled(100);
    expect(performance.now() - began).toBeLessThan(2_000);
    // A killed NATS may have forgotten acknowledgements: those events come once more, after the acknowledgement time.
    expect(new Set(each.handled)).toEqual(new Set(texts(0, 100)));
    await each.untilReady();
  });
});

describe('stop', () => {
  test('ends while NATS is away', async () => {
    const each = await registry();
    await nats.kill();
    await eventually(() => expect(each.consumer.ready).toBe(false));
    const began = performance.now();
    await each.consumer.stop();
    expect(performance.now() - began).toBeLessThan(3_000);
    await nats.start();
    await eventually(() => expect(bus.connected).toBe(true));
  });

  test('leaves no timer, and may be called twice', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((what) => what === 'Timeout').length;
    const connection = await connect();
    const before = timers();
    const each = await new Registry(connection).untilReady();
    await store('0');
    await each.untilHandled(1);
    await each.consumer.stop();
    await each.consumer.stop();
    await eventually(() => expect(timers()).toBeLessThanOrEqual(before));
  });
});
