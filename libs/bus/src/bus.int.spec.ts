/** The connection to a real NATS: publish, subscribe, request; and what it says when NATS is not there. */
import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { eventually, startTestNats, type TestServer } from '@wscm/testing';
import { nkeys } from 'nats';
import { Bus, type BusMessage } from './bus';
import { BusError, isTooLarge } from './bus-error';
import type { BusOptions } from './dial';

/** nats.js has no types for them. */
const keys = nkeys as { createUser(): { getPublicKey(): string; getSeed(): Uint8Array } };

let nats: TestServer;
const buses: Bus[] = [];

beforeAll(async () => {
  nats = await startTestNats();
}, 120_000);

afterAll(() => nats.stop());

afterEach(async () => {
  await Promise.all(buses.splice(0).map((bus) => bus.close()));
});

async function connect(options: Partial<BusOptions> = {}): Promise<Bus> {
  const bus = await Bus.connect({ url: nats.url, name: 'test', maxMessageBytes: 1024, ...options });
  buses.push(bus);
  return bus;
}

/** Resolves when the server knows of everything that was asked of it so far, e.g. of a subscription. */
const settled = (bus: Bus): Promise<void> => bus.connection.flush();

const failureOf = async (request: Promise<unknown>): Promise<string> =>
  request.then(
    () => 'none',
    (error: unknown) => (error instanceof BusError ? error.failure : String(error)),
  );

/** All that a log could show of an error. */
const wordsOf = (error: unknown): string =>
  error instanceof Error ? [error.message, error.stack, wordsOf(error.cause)].join('\n') : String(error);

const allSockets = (): string[] => process.getActiveResourcesInfo().filter((what) => what.startsWith('TCP'));
/** What other test files have left in this process, e.g. connections that fetch keeps for a while, is not ours. */
const notOurs = allSockets().length;
const sockets = (): string[] => allSockets().slice(notOurs);
const timers = (): string[] => process.getActiveResourcesInfo().filter((what) => what === 'Timeout');

describe('the first connect', () => {
  test('is given up at its deadline, with a reason that holds no secret', async () => {
    const silent = await startTestNats();
    await silent.kill();
    const url = silent.url.replace('//', '//ann:one@two@');
    const error: unknown = await connect({ url, connectTimeoutMs: 300 }).catch((reason: unknown) => reason);
    await silent.stop();
    expect(error).toMatchObject({ message: `can't reach NATS at ${silent.url.replace('//', '//…@')}` });
    expect(wordsOf(error)).toMatch(/refused/i);
    expect(wordsOf(error)).not.toMatch(/one|two/);
  });

  test('is given up at its deadline where somebody listens and says nothing', async () => {
    const tries: Socket[] = [];
    const mute = createServer((socket) => tries.push(socket)).listen(0, '127.0.0.1');
    await once(mute, 'listening');
    const began = performance.now();
    const url = `nats://127.0.0.1:${(mute.address() as AddressInfo).port}`;
    await expect(connect({ url, connectTimeoutMs: 300 })).rejects.toThrow(`can't reach NATS at ${url}`);
    expect(performance.now() - began).toBeLessThan(3_000);
    for (const socket of tries) socket.destroy();
    mute.close();
    await once(mute, 'close');
  });

  test('waits for a NATS that comes late', async () => {
    const late = await startTestNats();
    await late.kill();
    const connecting = connect({ url: late.url });
    await late.start();
    await expect(connecting).resolves.toMatchObject({ connected: true });
    await buses.pop()?.close();
    await late.stop();
  });

  test('fails at once where NATS takes no message that large', async () => {
    const most = 1_048_576 - 4096;
    await expect(connect({ maxMessageBytes: most + 1 })).rejects.toThrow(RangeError);
    await expect(connect({ maxMessageBytes: most + 1 })).rejects.toThrow(/^MAX_MESSAGE_BYTES=.* at most 1044480, /);
    await expect(connect({ maxMessageBytes: most })).resolves.toMatchObject({ connected: true });
  });

  test('takes user and password from the URL, and tells when they are wrong', async () => {
    const locked = await startTestNats({ authorization: { user: 'ann', password: '1p@ss/word' } });
    const url = (password: string) => locked.url.replace('//', `//ann:${encodeURIComponent(password)}@`);
    const bus = await connect({ url: url('1p@ss/word') });
    expect(bus.connected).toBe(true);
    await bus.close();
    const error: unknown = await connect({ url: url('guess'), connectTimeoutMs: 300 }).catch(
      (reason: unknown) => reason,
    );
    expect(wordsOf(error)).toMatch(/authorization/i);
    expect(wordsOf(error)).not.toContain('guess');
    await locked.stop();
  });
});

describe('an nkey', () => {
  test('opens what a password does not, and answers come below the prefix', async () => {
    const key = keys.createUser();
    const user = {
      nkey: key.getPublicKey(),
      permissions: { subscribe: ['_INBOX_mine.>', 'echo'], publish: ['echo', '_INBOX_mine.>'] },
    };
    const locked = await startTestNats({ authorization: { users: [user] } });
    const creds = Buffer.from(key.getSeed()).toString();
    const bus = await connect({ url: locked.url, creds, inboxPrefix: '_INBOX_mine' });
    bus.subscribe('echo', (message) => message.respond('here'));
    await expect(bus.request('echo', '', { timeoutMs: 2_000 })).resolves.toEqual(Buffer.from('here'));
    expect(bus.newInbox()).toMatch(/^_INBOX_mine\.\w+$/);
    // Its user may not publish there: that is told at once.
    const options = { timeoutMs: 60_000, onReply: () => true };
    await expect(failureOf(bus.request('forbidden', '', options))).resolves.toBe('disconnected');
    await expect(failureOf(bus.requestAll('forbidden', '', options))).resolves.toBe('disconnected');
    await expect(connect({ url: locked.url, connectTimeoutMs: 300 })).rejects.toThrow("can't reach NATS");
    const other = Buffer.from(keys.createUser().getSeed()).toString();
    await expect(connect({ url: locked.url, creds: other, connectTimeoutMs: 300 })).rejects.toThrow("can't reach NATS");
    await bus.close();
    await locked.stop();
  });
});

describe('messages', () => {
  test('arrive with their bytes, subject and headers', async () => {
    const bus = await connect();
    const got: BusMessage[] = [];
    bus.subscribe('a.*', (message) => got.push(message));
    bus.publish('a.b', new Uint8Array([0, 255, 10]), { headers: { 'Content-Type': 'x/y' } });
    await eventually(() => expect(got).toHaveLength(1));
    expect(got[0]).toMatchObject({ subject: 'a.b', data: new Uint8Array([0, 255, 10]) });
    expect(got[0]!.header('Content-Type')).toBe('x/y');
    expect(got[0]!.header('absent')).toBe('');
  });

  test('come no more after a drain', async () => {
    const bus = await connect();
    let got = 0;
    const subscription = bus.subscribe('drained', () => (got += 1));
    bus.publish('drained', 'early');
    await subscription.drain();
    bus.publish('drained', 'late');
    await settled(bus);
    expect(got).toBe(1);
  });
});

describe('a request', () => {
  test('gets the answer of one who listens', async () => {
    const bus = await connect();
    bus.subscribe('echo', (message) =>
      message.respond(`${message.header('x')} ${Buffer.from(message.data).toString()}`),
    );
    const answer = await bus.request('echo', 'there', { timeoutMs: 2_000, headers: { x: 'hello' } });
    expect(Buffer.from(answer).toString()).toBe('hello there');
  });

  test('where nobody listens fails at once', async () => {
    const bus = await connect();
    const began = performance.now();
    await expect(failureOf(bus.request('nobody', '', { timeoutMs: 10_000 }))).resolves.toBe('noResponders');
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  test('that is not answered fails when its time is over', async () => {
    const bus = await connect();
    bus.subscribe('mute', () => undefined);
    await expect(failureOf(bus.request('mute', '', { timeoutMs: 100 }))).resolves.toBe('timeout');
  });

  test('while NATS is away fails at once, and works again afterwards', async () => {
    const statuses: string[] = [];
    const bus = await connect({ onStatus: (status) => statuses.push(status) });
    bus.subscribe('back', (message) => message.respond('here'));
    await nats.kill();
    await eventually(() => expect(bus.connected).toBe(false));
    await expect(failureOf(bus.request('back', '', { timeoutMs: 10_000 }))).resolves.toBe('disconnected');
    const all = bus.requestAll('back', '', { timeoutMs: 10_000, onReply: () => true });
    await expect(failureOf(all)).resolves.toBe('disconnected');
    await nats.start();
    await eventually(() => expect(bus.connected).toBe(true));
    await expect(bus.request('back', '', { timeoutMs: 5_000 })).resolves.toEqual(Buffer.from('here'));
    expect(statuses).toEqual(['disconnected', 'connected']);
  });

  test('is known to be in vain some seconds after NATS has begun to hang', async () => {
    const { port } = new URL(nats.url);
    const sockets: Socket[] = [];
    const between = createServer((near) => {
      const far = createConnection(Number(port), '127.0.0.1');
      sockets.push(near, far);
      near.pipe(far).pipe(near);
      near.on('error', () => undefined);
    }).listen(0, '127.0.0.1');
    await once(between, 'listening');
    const bus = await connect({ url: `nats://127.0.0.1:${(between.address() as AddressInfo).port}` });
    await bus.roundTrip(5_000);
    const [near, far] = sockets;
    try {
      far!.unpipe(near);
      expect(bus.answering).toBe(true);
      await eventually(() => expect(bus.answering).toBe(false), 8_000);
      expect(bus.connected).toBe(true);
      far!.pipe(near!);
      await eventually(() => expect(bus.answering).toBe(true));
    } finally {
      await bus.close();
      for (const socket of sockets) socket.destroy();
      between.close();
    }
  });

  test('that had arrived when NATS went away may have been done: it is no failure to send', async () => {
    const bus = await connect();
    let arrived = false;
    bus.subscribe('cut', () => (arrived = true));
    const failure = failureOf(bus.request('cut', '', { timeoutMs: 1_500 }));
    await eventually(() => expect(arrived).toBe(true));
    await nats.killAndRestart();
    await expect(failure).resolves.toBe('timeout');
  });
});

describe('requests of one turn of the event loop', () => {
  test('get each its own answer', async () => {
    const bus = await connect();
    bus.subscribe('many', (message) => message.respond(message.data));
    const numbers = Array.from({ length: 1_000 }, (_, i) => String(i));
    const answers = await Promise.all(numbers.map((number) => bus.request('many', number, { timeoutMs: 5_000 })));
    expect(answers.map((answer) => Buffer.from(answer).toString())).toEqual(numbers);
  });

  test('are still answered where the connection is closed before the next one', async () => {
    const [bus, other] = [await connect(), await connect()];
    const got: string[] = [];
    other.subscribe('last', (message) => got.push(Buffer.from(message.data).toString()));
    await settled(other);
    const failure = failureOf(bus.request('last', 'words', { timeoutMs: 60_000 }));
    await bus.close();
    await expect(failure).resolves.toBe('timeout');
    await eventually(() => expect(got).toEqual(['words']));
  });

  test('one that is too large fails alone', async () => {
    const bus = await connect();
    bus.subscribe('large', (message) => message.respond('taken'));
    const large = bus.request('large', Buffer.alloc(bus.maxBytes + 10_000), { timeoutMs: 5_000 });
    const small = bus.request('large', 'x', { timeoutMs: 5_000 });
    await expect(large.catch((error: unknown) => isTooLarge(error))).resolves.toBe(true);
    await expect(small).resolves.toEqual(Buffer.from('taken'));
  });
});

describe('a request to all', () => {
  async function answering(count: number): Promise<Bus> {
    const bus = await connect();
    for (let index = 0; index < count; index++) bus.subscribe('all', (message) => message.respond(String(index)));
    return bus;
  }

  test('collects answers until it has enough', async () => {
    const bus = await answering(3);
    const got: string[] = [];
    const began = performance.now();
    const onReply = (data: Uint8Array) => got.push(Buffer.from(data).toString()) === 3;
    await bus.requestAll('all', 'who?', { timeoutMs: 10_000, onReply });
    expect(got.sort()).toEqual(['0', '1', '2']);
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  test('ends with those that came in time', async () => {
    const bus = await answering(2);
    let got = 0;
    await bus.requestAll('all', 'who?', { timeoutMs: 200, onReply: () => ++got === 3 });
    expect(got).toBe(2);
  });

  test('ends when whoever asks has enough, and takes nothing that comes later', async () => {
    const slow = await connect();
    const answered: string[] = [];
    let answer: (() => void) | undefined;
    slow.subscribe('slow', (message) => {
      message.respond('at once');
      answer = () => message.respond('late');
    });
    await slow.roundTrip(2_000);
    const bus = await connect();
    const onReply = (data: Uint8Array) => answered.push(Buffer.from(data).toString()) === 2;
    const enough = eventually(() => expect(answered).toHaveLength(1));
    await bus.requestAll('slow', '', { timeoutMs: 60_000, onReply, enough });
    answer?.();
    await setImmediate();
    await slow.roundTrip(2_000);
    await bus.roundTrip(2_000);
    expect(answered).toEqual(['at once']);
  });

  test('ends at once where nobody listens', async () => {
    const bus = await connect();
    const began = performance.now();
    let got = 0;
    await bus.requestAll('nobody', '', { timeoutMs: 10_000, onReply: () => ++got > 1 });
    expect(got).toBe(0);
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  test('whose answer can not be read fails alone, and harms nobody else on the connection', async () => {
    const bus = await answering(1);
    const onReply = () => {
      throw new Error('not what a gateway answers');
    };
    const asking = bus.requestAll('all', '', { timeoutMs: 300, onReply });
    await expect(asking).rejects.toThrow('not what a gateway answers');
    await expect(bus.request('all', '', { timeoutMs: 2_000 })).resolves.toEqual(Buffer.from('0'));
  });
});

describe('close', () => {
  let timersBefore: string[];

  beforeEach(async () => {
    await eventually(() => expect(sockets()).toEqual([]));
    timersBefore = timers();
  });

  const untilNothingIsOpen = () => eventually(() => expect([...sockets(), ...timers()]).toEqual(timersBefore));

  test('sends what was published, and leaves nothing open', async () => {
    const listener = await connect();
    let got = 0;
    listener.subscribe('last', () => (got += 1));
    await settled(listener);
    const bus = await connect();
    bus.subscribe('x', () => undefined);
    for (let index = 0; index < 100; index++) bus.publish('last', 'words');
    await bus.close();
    await bus.close();
    expect(bus.connected).toBe(false);
    await expect(failureOf(bus.request('x', '', { timeoutMs: 1_000 }))).resolves.toBe('disconnected');
    await eventually(() => expect(got).toBe(100));
    await listener.close();
    await untilNothingIsOpen();
  });

  test('is told from a connection that has ended for good by itself', async () => {
    const [closed, lost] = [await connect(), await connect()];
    const told: string[] = [];
    void closed.lost().then(() => told.push('closed'));
    void lost.lost().then(({ message }) => told.push(message));
    await closed.close();
    await lost.connection.close();
    await eventually(() => expect(told).not.toHaveLength(0));
    expect(told).toEqual(['the connection to NATS has ended for good']);
  });

  test('ends while NATS is away, too', async () => {
    const bus = await connect();
    bus.subscribe('x', () => undefined);
    await nats.kill();
    await eventually(() => expect(bus.connected).toBe(false));
    await bus.close();
    await untilNothingIsOpen();
    await nats.start();
  });
});
