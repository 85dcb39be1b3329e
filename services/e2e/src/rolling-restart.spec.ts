/** Every replica is replaced, one after another, while clients talk and come back: nothing is lost. */
import { setTimeout } from 'node:timers/promises';
import { parseReplyId } from '@wscm/contracts';
import { eventually, type TestClient } from '@wscm/testing';
import { RunningSystem } from './running-system';

const CLIENTS = 20;
const PERIOD_MS = 20;

/** Talks all the time, and connects again whenever it is closed. */
class Talker {
  readonly closed: TestClient[] = [];
  sent = 0;
  client!: TestClient;
  private talking = true;
  private ended: Promise<void> = Promise.resolve();

  constructor(private readonly running: RunningSystem) {}

  async start(): Promise<void> {
    this.client = await this.running.connect();
    this.ended = this.talk();
  }

  async stop(): Promise<void> {
    this.talking = false;
    await this.ended;
  }

  private async talk(): Promise<void> {
    while (this.talking) {
      if (this.client.closed) await this.comeBack();
      this.client.send(`message ${++this.sent}`);
      await setTimeout(PERIOD_MS);
    }
  }

  private async comeBack(): Promise<void> {
    this.closed.push(this.client);
    this.client = await eventually(() => this.running.connect());
    this.sent = 0;
  }
}

describe('a system whose replicas are replaced one after another under load', () => {
  let running: RunningSystem;
  beforeAll(async () => {
    running = await RunningSystem.start({ gateways: 2, registries: 2 });
  }, 120_000);
  afterAll(() => running.stop(), 60_000);

  it('loses no message and no end, and lists no ghosts', async () => {
    const talkers = Array.from({ length: CLIENTS }, () => new Talker(running));
    await Promise.all(talkers.map((talker) => talker.start()));
    for (const { name, kind } of running.system.replicas) {
      await running.system.start(kind);
      expect(await running.replica(name).stop()).toEqual({ code: 0, signal: null });
    }
    // Whoever was closed last may not know it yet.
    await eventually(async () => {
      const living = (await running.gateways()).map(({ gatewayId }) => gatewayId);
      for (const { client } of talkers) expect(living).toContain(parseReplyId(client.replyId)?.gatewayId);
    });
    await Promise.all(talkers.map((talker) => talker.stop()));

    const expected = new Map(talkers.map(({ client, sent }) => [client.replyId, sent]));
    await eventually(async () => {
      const listed = [...(await running.list()).values()];
      expect(new Map(listed.map((client) => [client.replyId, client.messagesFromClient]))).toEqual(expected);
    });
    const jsm = await running.nats.jetstreamManager();
    const filter = { subjects_filter: 'wscm.events.disconnected.>' };
    const { subjects = {} } = (await jsm.streams.info('WSCM_EVENTS', filter)).state;
    const closed = talkers.flatMap((talker) => talker.closed);
    expect(closed.map(({ closed: told }) => told?.code)).toEqual(closed.map(() => 1001));
    expect(new Set(Object.keys(subjects))).toEqual(
      new Set(closed.map(({ replyId }) => `wscm.events.disconnected.${replyId}`)),
    );
    for await (const { num_pending, num_ack_pending } of jsm.consumers.list('WSCM_EVENTS'))
      expect({ num_pending, num_ack_pending }).toEqual({ num_pending: 0, num_ack_pending: 0 });
    expect((await jsm.streams.info('WSCM_DEAD_LETTERS')).state.messages).toBe(0);
  }, 60_000);
});
