/** That messages come once, also where the way to NATS breaks and hangs. */
import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { eventually, startTestNats, type TestServer } from '@wscm/testing';
import { Bus } from './bus';

let nats: TestServer;

beforeAll(async () => {
  nats = await startTestNats();
}, 120_000);

afterAll(() => nats.stop());

/** A server that hangs is soon given up. */
const connect = (url: string): Promise<Bus> =>
  Bus.connect({ url, name: 'test', maxMessageBytes: 1024, connectTimeoutMs: 300 });

/** Passes on to NATS what is told to it, or hangs: then it says its first word when whoever dialed has long given up, and ends. */
class Relay {
  hangs = false;
  readonly hung: Socket[] = [];
  /** Of the hung ones. */
  readonly ended: Socket[] = [];
  private readonly passed = new Set<Socket>();
  private readonly server = createServer((near) => {
    if (this.hangs) void this.answerLate(near.on('error', () => undefined));
    else this.pass(near);
  });
  port = 0;

  async begin(): Promise<this> {
    await once(this.server.listen(this.port, '127.0.0.1'), 'listening');
    this.port = (this.server.address() as AddressInfo).port;
    return this;
  }

  get isUsed(): boolean {
    return this.passed.size > 0;
  }

  end(): void {
    this.server.close();
    for (const socket of [...this.passed, ...this.hung]) socket.destroy();
  }

  private pass(near: Socket): void {
    const far = createConnection(Number(new URL(nats.url).port), '127.0.0.1');
    for (const socket of [near, far]) {
      this.passed.add(socket);
      socket.on('error', () => undefined).on('close', () => [near, far].forEach((each) => each.destroy()));
    }
    near.pipe(far).pipe(near);
  }

  private async answerLate(socket: Socket): Promise<void> {
    this.hung.push(socket);
    await setTimeout(1_000);
    const info = { server_id: 'late', version: '2.10.0', proto: 1, headers: true, max_payload: 1_048_576 };
    socket.write(`INFO ${JSON.stringify(info)}\r\n`);
    await setTimeout(100);
    socket.end();
    this.ended.push(socket);
  }
}

test('each message comes once, also after a server has answered that was given up', async () => {
  const relays = await Promise.all([new Relay().begin(), new Relay().begin()]);
  const other = await connect(nats.url);
  const url = relays.map(({ port }) => `nats://127.0.0.1:${port}`).join(',');
  const bus = await connect(url);
  const got: string[] = [];
  bus.subscribe('once', ({ data }) => got.push(Buffer.from(data).toString()));
  const [near, late] = relays[0].isUsed ? relays : [relays[1], relays[0]];
  try {
    late.hangs = true;
    near.end();
    await eventually(() => expect(late.hung).not.toEqual([]), 10_000);
    late.hangs = false;
    await near.begin();
    await eventually(() => expect(bus.connected).toBe(true));
    await eventually(() => expect(late.ended.length).toBe(late.hung.length), 10_000);
    const numbers = Array.from({ length: 10 }, (_, number) => String(number));
    for (const number of numbers) {
      await eventually(async () => {
        expect(bus.connected).toBe(true);
        await bus.roundTrip(1_000);
      });
      other.publish('once', number);
      await eventually(() => expect(got).toContain(number));
      await setTimeout(50);
    }
    expect(got).toEqual(numbers);
  } finally {
    await Promise.all([bus.close(), other.close()]);
    for (const relay of relays) relay.end();
  }
}, 60_000);
