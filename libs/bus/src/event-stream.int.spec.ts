/** The streams and the shared consumer on a real JetStream. */
import { type EncodedEvent, subjectsOf } from '@wscm/contracts';
import { startTestNats, type TestServer } from '@wscm/testing';
import { Bus } from './bus';
import { ACK_WAIT_MS, consumerProgress, ensureConsumer, ensureStreams, storeEvent } from './event-stream';

const subjects = subjectsOf('test');

let nats: TestServer;
let bus: Bus;

beforeAll(async () => {
  nats = await startTestNats();
  bus = await Bus.connect({ url: nats.url, name: 'test', maxMessageBytes: 1024 });
}, 120_000);

afterAll(async () => {
  await bus.close();
  await nats.stop();
});

afterEach(async () => {
  const jsm = await bus.connection.jetstreamManager();
  await Promise.all([subjects.stream, subjects.deadLetterStream].map((name) => jsm.streams.delete(name)));
});

const event = (payload: string): EncodedEvent => ({
  subject: subjects.event('message', 'g.s'),
  headers: { 'ce-id': payload },
  payload: Buffer.from(payload),
});

test('many processes at a time make one stream and one consumer', async () => {
  const makers = Array.from({ length: 10 }, async () => {
    await ensureStreams(bus, subjects);
    await ensureConsumer(bus, subjects);
  });
  await Promise.all(makers);
  const jsm = await bus.connection.jetstreamManager();
  await expect(jsm.streams.info(subjects.stream)).resolves.toMatchObject({
    config: { subjects: ['test.events.>'], storage: 'file', retention: 'limits' },
    state: { consumer_count: 1 },
  });
  await expect(jsm.consumers.info(subjects.stream, subjects.consumer)).resolves.toMatchObject({
    config: { ack_policy: 'explicit', ack_wait: ACK_WAIT_MS * 1e6, filter_subject: 'test.events.>' },
  });
});

test("an operator's changes stay", async () => {
  await ensureStreams(bus, subjects);
  const jsm = await bus.connection.jetstreamManager();
  await jsm.streams.update(subjects.stream, { max_msgs: 7 });
  await ensureStreams(bus, subjects);
  await expect(jsm.streams.info(subjects.stream)).resolves.toMatchObject({ config: { max_msgs: 7 } });
});

test('an event that is stored again under its id is stored once', async () => {
  await ensureStreams(bus, subjects);
  await ensureConsumer(bus, subjects);
  await storeEvent(bus, event('a'), 'id-a');
  await storeEvent(bus, event('a'), 'id-a');
  await storeEvent(bus, event('b'), 'id-b');
  await expect(consumerProgress(bus, subjects)).resolves.toEqual({
    ...{ ackFloor: 0, pending: 2, unacknowledged: 0, redelivered: 0 },
  });
  const jsm = await bus.connection.jetstreamManager();
  const stored = await jsm.streams.getMessage(subjects.stream, { seq: 2 });
  expect(stored.string()).toBe('b');
  expect(stored.header.get('ce-id')).toBe('b');
});
