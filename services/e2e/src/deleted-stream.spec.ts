/** The stream is deleted or purged while events wait in it: what is lost is made good by what the gateways know. */
import { eventually, type TestClient } from '@wscm/testing';
import type { StreamAPI } from 'nats';
import { RunningSystem } from './running-system';

const STREAM = 'WSCM_EVENTS';

describe.each<[string, (streams: StreamAPI) => Promise<unknown>]>([
  ['deleted', (streams) => streams.delete(STREAM)],
  ['purged', (streams) => streams.purge(STREAM)],
])('a system whose stream is %s while no registry runs', (_, lose) => {
  let running: RunningSystem;

  beforeAll(async () => {
    running = await RunningSystem.start({ gateways: 1, registries: 1 }, { LEASE_TTL_MS: '2000' });
  }, 120_000);
  afterAll(() => running.stop(), 60_000);

  it('lists exactly the clients that live, with their numbers, as soon as a registry runs again', async () => {
    const [talking, ...others] = (await running.connectMany(10)) as [TestClient, ...TestClient[]];
    await eventually(async () => expect(await running.count()).toBe(10));
    await running.replica('registry-1').kill();

    await Promise.all(others.splice(0, 5).map((client) => client.close()));
    talking.send('nobody hears it');
    const newcomers = await running.connectMany(3);
    const jsm = await running.nats.jetstreamManager();
    await eventually(async () => expect((await jsm.streams.info(STREAM)).state.messages).toBe(10 + 5 + 1 + 3));
    await lose(jsm.streams);
    await running.system.start('registry');

    const living = [talking, ...others, ...newcomers].map(({ replyId }) => replyId);
    await eventually(async () => expect([...(await running.list()).keys()].sort()).toEqual(living.sort()), 20_000);
    expect((await running.list()).get(talking.replyId)).toMatchObject({ messagesFromClient: 1 });
    talking.send('now they do');
    await eventually(async () =>
      expect((await running.list()).get(talking.replyId)).toMatchObject({
        messagesFromClient: 2,
        lastMessageFromClient: { seq: 2, message: 'now they do' },
      }),
    );
  }, 60_000);
});
