/** What clients say ends up in their documents, whichever gateway and registry it goes through. */
import { eventually, type TestClient } from '@wscm/testing';
import { RunningSystem } from './running-system';

const CLIENTS = 150;
const MESSAGES = 20;

describe('clients on three gateways and two registries', () => {
  let running: RunningSystem;
  let clients: TestClient[];

  beforeAll(async () => {
    running = await RunningSystem.start({ gateways: 3, registries: 2 });
    clients = await running.connectMany(CLIENTS, '/room/1?a=b');
  }, 120_000);
  afterAll(() => running.stop(), 60_000);

  it('are all listed, exactly once, with what is known of them', async () => {
    const ids = clients.map(({ replyId }) => replyId);
    const listed = await eventually(async () => {
      const found = await running.list();
      expect(found.size).toBe(CLIENTS);
      return found;
    });
    expect([...listed.keys()].sort()).toEqual([...ids].sort());
    expect(listed.get(ids[0]!)).toMatchObject({
      path: '/room/1',
      query: { a: 'b' },
      remoteAddress: '127.0.0.1',
      user: null,
      messagesFromClient: 0,
      lastMessageFromClient: null,
      lastMessageToClient: null,
    });
  });

  it('are spread over all gateways', async () => {
    const gateways = new Set([...(await running.list()).values()].map(({ gatewayId }) => gatewayId));
    expect(gateways.size).toBe(3);
    expect((await running.gateways()).map(({ gatewayId }) => gatewayId).sort()).toEqual([...gateways].sort());
  });

  it('have every message counted, and the last one kept, text or binary', async () => {
    const lastOf = (index: number) => (index % 2 ? `last of ${index} – ü` : Buffer.from([0, 255, index]));
    for (const [index, client] of clients.entries()) {
      for (let each = 1; each < MESSAGES; each++) client.send(`message ${each}`);
      client.send(lastOf(index));
    }
    await eventually(async () => {
      const listed = await running.list();
      for (const [index, { replyId }] of clients.entries()) {
        const last = lastOf(index);
        const message = typeof last === 'string' ? last : last.toString('base64');
        const type = typeof last === 'string' ? 'text' : 'binary';
        expect(listed.get(replyId)).toMatchObject({
          messagesFromClient: MESSAGES,
          lastMessageFromClient: { seq: MESSAGES, type, message },
        });
      }
    }, 20_000);
  }, 30_000);

  it('leave list and count at once when they close', async () => {
    const leaving = clients.splice(0, 50);
    await Promise.all(leaving.map((client) => client.close(1000, 'bye')));
    await eventually(async () => expect(await running.count()).toBe(CLIENTS - 50), 2_000);
    const listed = await running.list();
    expect(leaving.filter(({ replyId }) => listed.has(replyId))).toEqual([]);
    expect((await running.send(leaving[0]!.replyId, 'too late')).status).toBe(410);
  });
});
