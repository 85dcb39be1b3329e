/** Reading the stream in order, on a real JetStream. */
import { subjectsOf } from '@wscm/contracts';
import { eventually, startTestNats, type TestServer } from '@wscm/testing';
import { Bus } from './bus';
import { EventReader, type EventReaderOptions, goOn, type Place } from './event-reader';
import { ensureStreams, latestEvent, storeEvent, streamState } from './event-stream';

const subjects = subjectsOf('test');
const subject = subjects.event('message', 'g.s');

let nats: TestServer;
let bus: Bus;
const readers: EventReader[] = [];

beforeAll(async () => {
  nats = await startTestNats();
  bus = await Bus.connect({ url: nats.url, name: 'test', maxMessageBytes: 1024 });
}, 120_000);

afterAll(async () => {
  await bus.close();
  await nats.stop();
});

beforeEach(() => ensureStreams(bus, subjects));

afterEach(async () => {
  for (const reader of readers.splice(0)) reader.stop();
  await (await bus.connection.jetstreamManager()).streams.delete(subjects.stream);
});

let stored = 0;
async function put(...texts: string[]): Promise<void> {
  for (const text of texts)
    await storeEvent(bus, { subject, headers: {}, payload: Buffer.from(text) }, `id-${++stored}`);
}

const start = async (): Promise<Place> => ({ created: (await streamState(bus, subjects)).created, seq: 0 });

/** What it reads, and where it tells of gaps. */
function read(place: Place, given: Partial<EventReaderOptions> = {}): { reader: EventReader; heard: string[] } {
  const heard: string[] = [];
  const reader = new EventReader(bus, subjects, place, {
    onEvents: (events) => void heard.push(...events.map(({ payload }) => Buffer.from(payload).toString())),
    onGap: (next) => void heard.push(`gap to ${next}`),
    onError: () => undefined,
    ...given,
  });
  readers.push(reader);
  return { reader, heard };
}

const following = (place: Place) => {
  const { reader, heard } = read(place);
  void reader.follow();
  return heard;
};

const all = (count: number) => Array.from({ length: count }, (_, at) => `event ${at}`);

test('catching up takes everything that is there, and ends there', async () => {
  await put(...all(600));
  const { reader, heard } = read(await start());
  await reader.catchUp();
  expect(heard).toEqual(all(600));
  expect(reader.place.seq).toBe(600);
});

test('with a filter, too, though the end is not of its subject', async () => {
  await put('mine');
  await storeEvent(bus, { subject: subjects.event('message', 'g.other'), headers: {}, payload: Buffer.from('x') }, 'x');
  const { reader, heard } = read(await start(), { filter: subject });
  await reader.catchUp();
  expect([heard, reader.place.seq]).toEqual([['mine'], 2]);
});

test('following goes on, whatever becomes of its consumer', async () => {
  const heard = following(await start());
  const jsm = await bus.connection.jetstreamManager();
  for (let round = 1; round <= 3; round++) {
    await put(`a ${round}`);
    await eventually(() => expect(heard).toContain(`a ${round}`));
    for (const { name } of await jsm.consumers.list(subjects.stream).next())
      await jsm.consumers.delete(subjects.stream, name);
    await put(`b ${round}`);
  }
  await eventually(() => expect(heard).toEqual(['a 1', 'b 1', 'a 2', 'b 2', 'a 3', 'b 3']));
});

test('following looks through what is not of its filter, too', async () => {
  const { reader, heard } = read(await start(), { filter: subject });
  void reader.follow();
  await put('mine');
  await eventually(() => expect(heard).toEqual(['mine']));
  await storeEvent(bus, { subject: subjects.event('message', 'g.other'), headers: {}, payload: Buffer.from('x') }, 'y');
  await eventually(() => expect(reader.place.seq).toBe(2), 20_000);
  expect(heard).toEqual(['mine']);
}, 30_000);

test('events that could not be dealt with come again', async () => {
  await put('one', 'two');
  let tries = 0;
  const heard: string[] = [];
  const { reader } = read(await start(), {
    onEvents: (events) => {
      if (++tries < 3) throw new Error('not now');
      heard.push(...events.map(({ payload }) => Buffer.from(payload).toString()));
    },
  });
  void reader.follow();
  await eventually(() => expect(heard).toEqual(['one', 'two']));
});

test('a single event that somebody removed is told, too', async () => {
  await put('one', 'two', 'three');
  await (await bus.connection.jetstreamManager()).streams.deleteMessage(subjects.stream, 2);
  const heard = following(await start());
  await eventually(() => expect(heard).toEqual(['one', 'gap to 3', 'three']));
});

test('the latest event of a subject', async () => {
  expect(await latestEvent(bus, subjects, subject)).toBeNull();
  await put('one', 'two');
  expect(Buffer.from((await latestEvent(bus, subjects, subject))!.payload).toString()).toBe('two');
});

describe('where reading goes on', () => {
  const stream = { created: 'now', firstSeq: 10, lastSeq: 20 };

  test.each([
    ['known, and there', { created: 'now', seq: 15 }, 15, false],
    ['known, and just before the first', { created: 'now', seq: 9 }, 9, false],
    ['known, and gone', { created: 'now', seq: 8 }, 9, true],
    ['known, and past the end, which was lost', { created: 'now', seq: 21 }, 20, true],
    ['of another stream', { created: 'before', seq: 15 }, 9, true],
    ['of another stream, by chance the same', { created: 'before', seq: 9 }, 9, true],
    ['not known, and there', { created: null, seq: 20 }, 20, false],
    ['not known, and past the end: of another stream', { created: null, seq: 21 }, 9, true],
  ])('a place that is %s', (_, place, seq, gap) => {
    expect(goOn(place, stream)).toEqual({ place: { created: 'now', seq }, gap });
  });
});
