/** A gateway with thousands of clients that is told to end: in order, at its pace, with every event stored. */
import { eventually, TestClient } from '@wscm/testing';
import { RunningSystem } from './running-system';

const CLIENTS = 5_000;
const DRAIN_RATE = 1_000;
const DRAIN_TIMEOUT_MS = 25_000;
/** What is closed before the first look at the clock. */
const TICK_MS = 50;

describe('a gateway with 5,000 clients that is told to end', () => {
  let running: RunningSystem;
  let clients: TestClient[];

  beforeAll(async () => {
    const env = { DRAIN_RATE: String(DRAIN_RATE), DRAIN_TIMEOUT_MS: String(DRAIN_TIMEOUT_MS) };
    running = await RunningSystem.start({ gateways: 1, registries: 1 }, env);
    clients = await running.connectMany(CLIENTS);
  }, 120_000);
  afterAll(() => running.stop(), 60_000);

  it('is unready at once, closes them with 1001 at its pace, stores every end, and exits 0 in time', async () => {
    const gateway = running.replica('gateway-1');
    const { webSocket } = running.system.urls;
    const closedAt: number[] = [];
    for (const { socket } of clients) socket.on('close', () => closedAt.push(performance.now()));

    const told = performance.now();
    const ended = gateway.stop();
    await eventually(async () => expect((await fetch(`${gateway.url}/readyz`)).status).toBe(503));
    await expect(TestClient.connect(webSocket)).rejects.toThrow('ECONNREFUSED');
    expect(closedAt.length).toBeLessThan(CLIENTS);

    expect(await ended).toEqual({ code: 0, signal: null });
    expect(performance.now() - told).toBeLessThan(DRAIN_TIMEOUT_MS);
    await eventually(() => expect(closedAt).toHaveLength(CLIENTS));
    expect(new Set(clients.map(({ closed }) => closed?.code))).toEqual(new Set([1001]));
    const tooEarly = closedAt.filter((at, index) => index > ((at - told + TICK_MS) / 1000) * DRAIN_RATE);
    expect(tooEarly).toEqual([]);

    const jsm = await running.nats.jetstreamManager();
    const { state } = await jsm.streams.info('WSCM_EVENTS', { subjects_filter: 'wscm.events.disconnected.>' });
    const stored = Object.keys(state.subjects ?? {}).map((subject) =>
      subject.slice('wscm.events.disconnected.'.length),
    );
    expect(new Set(stored)).toEqual(new Set(clients.map(({ replyId }) => replyId)));
  }, 60_000);
});
