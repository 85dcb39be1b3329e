/** Gateways and registries that are killed: the others go on, and the documents tell the truth. */
import { connect } from 'nats';
import { eventually, type TestClient } from '@wscm/testing';
import { RunningSystem } from './running-system';

const LEASE_TTL_MS = 2_000;

describe('a system of which replicas are killed', () => {
  let running: RunningSystem;
  let clients: TestClient[];

  beforeAll(async () => {
    running = await RunningSystem.start({ gateways: 3, registries: 2 }, { LEASE_TTL_MS: String(LEASE_TTL_MS) });
    clients = await running.connectMany(90);
    await eventually(async () => expect(await running.count()).toBe(clients.length));
  }, 120_000);
  afterAll(() => running.stop(), 60_000);

  it('loses no message when a registry is killed while they come', async () => {
    const sending = Array.from({ length: 40 }, async (_, round) => {
      for (const client of clients) client.send(`message ${round}`);
      if (round === 10) await running.replica('registry-2').kill();
    });
    await Promise.all(sending);
    await eventually(async () => {
      const listed = await running.list();
      for (const { replyId } of clients)
        expect(listed.get(replyId)).toMatchObject({
          messagesFromClient: 40,
          lastMessageFromClient: { seq: 40, message: 'message 39' },
        });
    }, 60_000);
  }, 90_000);

  it('takes the clients of a killed gateway off the list, tells each of them gone once, and goes on', async () => {
    const lost: string[] = [];
    const observer = await connect({ servers: running.system.urls.nats });
    observer.subscribe('wscm.events.disconnected.>', {
      callback: (_error, message) => {
        if (message.json<{ reason: string }>().reason === 'gateway-lost')
          lost.push(message.subject.slice('wscm.events.disconnected.'.length));
      },
    });
    await running.replica('gateway-2').kill();
    await eventually(() => expect(clients.filter(({ closed }) => closed).length).toBeGreaterThan(0));
    const gone = clients.filter(({ closed }) => closed);
    const left = clients.filter(({ closed }) => !closed);

    await eventually(async () => expect(await running.count()).toBe(left.length), LEASE_TTL_MS + 5_000);
    const listed = await running.list();
    expect([...listed.keys()].sort()).toEqual(left.map(({ replyId }) => replyId).sort());
    expect((await running.send(gone[0]!.replyId, 'hello?')).status).toBe(410);
    await eventually(() => expect([...lost].sort()).toEqual(gone.map(({ replyId }) => replyId).sort()));
    expect(await running.broadcast('still here')).toMatchObject({ delivered: left.length, unreachable: [] });
    await observer.close();
  }, 60_000);

  it('takes a new gateway and a new registry in', async () => {
    await running.system.start('registry');
    await running.system.start('gateway');
    const newcomers = await running.connectMany(30);
    await eventually(async () => {
      const listed = await running.list();
      expect(newcomers.every(({ replyId }) => listed.has(replyId))).toBe(true);
    });
  }, 60_000);
});
