/** Messages reach exactly the sockets they are for, and show in the documents. */
import type { BroadcastResult, BulkSendResult, Client } from '@wscm/contracts';
import { eventually, type TestClient } from '@wscm/testing';
import { RunningSystem } from './running-system';

describe('clients on two gateways', () => {
  let running: RunningSystem;
  let clients: TestClient[];

  beforeAll(async () => {
    running = await RunningSystem.start({ gateways: 2, registries: 2 });
    clients = await running.connectMany(40);
    await eventually(async () => expect(await running.count()).toBe(clients.length));
  }, 120_000);
  afterAll(() => running.stop(), 60_000);

  const client = async (replyId: string) => (await running.rest<Client>('GET', `/v1/clients/${replyId}`)).body;

  it('get a message by REST, verbatim, and nobody else does', async () => {
    const target = clients[7]!;
    const text = '{"x": "ü",\n  "y": [1,2 ]}';
    expect(await running.send(target.replyId, text, 'application/json')).toMatchObject({
      status: 200,
      body: { result: 'delivered' },
    });
    await running.send(target.replyId, new Uint8Array([0, 1, 255]), 'application/octet-stream');
    expect(await target.untilReceived(2)).toEqual([
      { type: 'text', data: Buffer.from(text) },
      { type: 'binary', data: Buffer.from([0, 1, 255]) },
    ]);
    await eventually(async () =>
      expect(await client(target.replyId)).toMatchObject({
        messagesToClient: 2,
        lastMessageToClient: { seq: 2, type: 'binary', message: 'AAH/', via: 'send' },
      }),
    );
    expect(clients.filter(({ received }) => received.length > 0)).toEqual([target]);
  });

  it('get a message by NATS, with or without waiting for the answer', async () => {
    const target = clients[8]!;
    const reply = await running.nats.request(`wscm.clients.send.${target.replyId}`, 'asked');
    expect(reply.json()).toEqual({ result: 'delivered' });
    running.nats.publish(`wscm.clients.send.${target.replyId}`, 'just published');
    await target.untilReceived(2);
    expect(target.texts).toEqual(['asked', 'just published']);
  });

  it('get many messages by one request, and each is told what became of it', async () => {
    const targets = clients.slice(10, 20);
    const left = await running.connect();
    await left.close();
    const to = [...targets.map(({ replyId }) => replyId), left.replyId, 'nobody.here'];
    const body = JSON.stringify({
      messages: [
        { to, message: 'many' },
        { to: [to[0]], message: 'and more' },
      ],
    });
    // The gateway may still be about to learn that the client has left.
    await eventually(async () => expect((await running.send(left.replyId, 'x')).status).toBe(410));
    const answer = await running.rest<BulkSendResult>('POST', '/v1/messages', { body, type: 'application/json' });
    expect(answer.body.results.map(({ status }) => status)).toEqual([...targets.map(() => 200), 410, 404, 200]);
    await Promise.all(targets.map((each, index) => each.untilReceived(index === 0 ? 2 : 1)));
    expect(targets.map(({ texts }) => texts)).toEqual([['many', 'and more'], ...targets.slice(1).map(() => ['many'])]);
    await eventually(async () =>
      expect(await client(to[0]!)).toMatchObject({
        messagesToClient: 2,
        lastMessageToClient: { seq: 2, message: 'and more', via: 'send' },
      }),
    );
  });

  it('can be sent to as soon as they know their replyId', async () => {
    for (let attempt = 0; attempt < 20; attempt++) {
      const newcomer = await running.connect();
      expect((await running.send(newcomer.replyId, 'welcome')).status).toBe(200);
      await newcomer.untilReceived(1);
      expect(newcomer.texts).toEqual(['welcome']);
      await newcomer.close();
    }
  });

  it('all get a broadcast, which shows in every record', async () => {
    const before = clients.map(({ received }) => received.length);
    const result = await running.broadcast('to all');
    expect(result).toMatchObject({ delivered: clients.length, dropped: 0, unreachable: [] });
    expect(result.gateways).toHaveLength(2);
    expect(result.gateways.reduce((sum, { delivered }) => sum + delivered, 0)).toBe(clients.length);
    await Promise.all(clients.map((each, index) => each.untilReceived(before[index]! + 1)));
    await eventually(async () => {
      const listed = await running.list();
      for (const each of clients)
        expect(listed.get(each.replyId)).toMatchObject({
          messagesToClient: each.received.length,
          lastMessageToClient: { seq: each.received.length, message: 'to all', via: 'broadcast' },
        });
    });
  });

  it('all get a broadcast by NATS', async () => {
    const before = clients.map(({ received }) => received.length);
    const reply = await running.nats.request('wscm.clients.broadcast', 'by NATS', { timeout: 5_000 });
    expect(reply.json<BroadcastResult>()).toMatchObject({ delivered: clients.length, dropped: 0, unreachable: [] });
    running.nats.publish('wscm.clients.broadcast', 'again');
    await Promise.all(clients.map((each, index) => each.untilReceived(before[index]! + 2)));
    expect(clients[0]!.texts.slice(-2)).toEqual(['by NATS', 'again']);
  });

  it('are disconnected with the code and reason that were asked for', async () => {
    const target = clients.pop()!;
    const { replyId } = target;
    expect((await running.rest('DELETE', `/v1/clients/${replyId}?code=4321&reason=enough`)).status).toBe(204);
    expect(await target.untilClosed()).toEqual({ code: 4321, reason: 'enough' });
    expect((await running.rest('DELETE', `/v1/clients/${replyId}`)).status).toBe(410);
    await eventually(async () => expect((await running.rest('GET', `/v1/clients/${replyId}`)).status).toBe(404));
  });

  it('that never were are not found', async () => {
    const forged = `${clients[0]!.replyId.split('.')[0]!}.AAAAAAAAAAAAAAAAAAAAAA`;
    for (const replyId of [forged, 'nobody.here', 'nonsense', '*.*', 'a.b.c', '%3E'])
      expect((await running.send(replyId, 'hello')).status).toBe(404);
  });
});
