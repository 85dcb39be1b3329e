/** MongoDB is away for much longer than a lease: who is connected stays connected, and is sent to. */
import { setTimeout } from 'node:timers/promises';
import { eventually, startTestMongo, type TestServer } from '@wscm/testing';
import { RunningSystem } from './running-system';

const LEASE_TTL_MS = 2_000;
/** What a broadcast takes where a gateway does not answer. */
const COMMAND_TIMEOUT_MS = 2_000;

describe('a system whose MongoDB is away', () => {
  let mongo: TestServer;
  let running: RunningSystem;

  beforeAll(async () => {
    mongo = await startTestMongo();
    const env = { LEASE_TTL_MS: String(LEASE_TTL_MS), COMMAND_TIMEOUT_MS: String(COMMAND_TIMEOUT_MS) };
    running = await RunningSystem.start({ gateways: 1, registries: 2 }, { ...env, MONGODB_URL: mongo.url });
  }, 120_000);
  afterAll(async () => {
    await running.stop();
    await mongo.stop();
  }, 60_000);

  it('delivers what is sent all the time, and nobody is thought lost afterwards', async () => {
    const client = await running.connect();
    await eventually(async () => expect(await running.count()).toBe(1));
    // By then every registry has seen who lives, as it does four times a lease.
    await setTimeout(LEASE_TTL_MS / 2);
    await mongo.kill();
    const until = performance.now() + 4 * LEASE_TTL_MS;
    let sent = 0;
    while (performance.now() < until) {
      expect(await running.send(client.replyId, `message ${sent}`)).toMatchObject({ status: 200 });
      sent++;
      expect((await fetch(`${running.system.urls.gatewayAdmins[0]}/readyz`)).status).toBe(200);
      client.send(`answer ${sent}`);
    }
    const asked = performance.now();
    expect(await running.broadcast('news')).toMatchObject({ delivered: 1, unreachable: [] });
    expect(performance.now() - asked).toBeLessThan(COMMAND_TIMEOUT_MS);
    await client.untilReceived(sent + 1);
    expect(client.texts).toEqual([...Array.from({ length: sent }, (_, number) => `message ${number}`), 'news']);
    expect((await running.rest('GET', '/v1/clients')).status).toBe(503);
    await mongo.start();
    await eventually(async () => {
      const listed = (await running.list()).get(client.replyId);
      expect(listed).toMatchObject({ messagesFromClient: sent, messagesToClient: sent + 1 });
    }, 30_000);
    const jsm = await running.nats.jetstreamManager();
    const { state } = await jsm.streams.info('WSCM_EVENTS', { subjects_filter: 'wscm.events.disconnected.>' });
    expect(state.subjects ?? {}).toEqual({});
  }, 90_000);

  it('broadcasts also while MongoDB hangs, and tells it in the documents when it goes on', async () => {
    const client = await running.connect();
    await eventually(async () => expect((await running.list()).has(client.replyId)).toBe(true));
    mongo.freeze();
    try {
      for (const news of ['one', 'two', 'three']) {
        const asked = performance.now();
        expect(await running.broadcast(news)).toMatchObject({ delivered: 2, unreachable: [] });
        expect(performance.now() - asked).toBeLessThan(COMMAND_TIMEOUT_MS);
      }
      await client.untilReceived(3);
    } finally {
      mongo.thaw();
    }
    await eventually(async () => {
      const listed = (await running.list()).get(client.replyId);
      expect(listed).toMatchObject({ messagesToClient: 3, lastMessageToClient: { message: 'three' } });
    }, 30_000);
  }, 60_000);
});
