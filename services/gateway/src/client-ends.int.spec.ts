/** The ways in which a client leaves, and those who are none. */
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { eventually } from '@wscm/testing';
import { gatewayIdOf, jsonOf, metricOf, siteForEachTest, type TestGateway } from './testing/site';

const site = siteForEachTest();

test('a client that closes with a code and a reason is told with both, and with how much it had said', async () => {
  const gateway = await site.startGateway();
  const client = await site.connect(gateway);
  client.send('one');
  client.send('two');
  await client.close(4321, 'Tschüß');
  const event = await site.untilEvent('disconnected', client.replyId);
  expect(jsonOf(event)).toEqual({ code: 4321, reason: 'Tschüß' });
  expect(event.headers).toMatchObject({
    'ce-type': 'wscm.disconnected',
    'ce-source': `/gateways/${gatewayIdOf(client)}`,
    'ce-subject': client.replyId,
    'content-type': 'application/json',
    'wscm-seq': '2',
    'Nats-Msg-Id': event.headers['ce-id'],
  });
  const kinds = (await site.events(`*.${client.replyId}`)).map(({ kind }) => kind);
  expect(kinds).toEqual(['connected', 'message', 'message', 'disconnected']);
});

test('a client that closes without a code is told with 1005', async () => {
  const client = await site.connect(await site.startGateway());
  await client.close();
  expect(jsonOf(await site.untilEvent('disconnected', client.replyId))).toEqual({ code: 1005, reason: '' });
});

// uWebSockets.js reports these codes (RFC 6455, section 7.4; IANA's registry) as if no close frame had come.
test.each([1012, 1014, 3000, 3999])('a client that closes with %i is told with 1006', async (code) => {
  const client = await site.connect(await site.startGateway());
  await client.close(code);
  expect(jsonOf(await site.untilEvent('disconnected', client.replyId))).toMatchObject({ code: 1006 });
});

test.each([1000, 1003, 1007, 1011, 4000, 4999])('a client that closes with %i is told with it', async (code) => {
  const client = await site.connect(await site.startGateway());
  await client.close(code);
  expect(jsonOf(await site.untilEvent('disconnected', client.replyId))).toMatchObject({ code });
});

test('codes that clients make up are counted as one', async () => {
  const gateway = await site.startGateway();
  for (const [index, client] of (await site.connectMany(gateway, 3)).entries()) {
    await client.close(4001 + index);
    await site.untilEvent('disconnected', client.replyId);
  }
  await expect(metricOf(gateway, 'wscm_gateway_disconnects_total{code="other"}')).resolves.toBe(3);
});

test('a connection that is cut is told with 1006', async () => {
  const client = await site.connect(await site.startGateway());
  client.cut();
  expect(jsonOf(await site.untilEvent('disconnected', client.replyId))).toMatchObject({ code: 1006 });
});

test('many clients that come and go leave nothing open', async () => {
  const gateway = await site.startGateway();
  const clients = await site.connectMany(gateway, 200);
  await expect(metricOf(gateway, 'wscm_gateway_connections')).resolves.toBe(200);
  for (const [index, client] of clients.entries()) {
    if (index % 2) client.cut();
    else client.socket.close(1000);
  }
  await eventually(async () => expect(await metricOf(gateway, 'wscm_gateway_connections')).toBe(0));
  const events = await site.untilEvents('disconnected.>', 200);
  expect(new Set(events.map(({ about }) => about))).toEqual(new Set(clients.map(({ replyId }) => replyId)));
  expect(events).toHaveLength(200);
  await expect(metricOf(gateway, 'wscm_gateway_connects_total')).resolves.toBe(200);
  await expect(metricOf(gateway, 'wscm_gateway_disconnects_total{code="1000"}')).resolves.toBe(100);
});

test('a peer that answers no ping any more is closed, and one that answers stays', async () => {
  const gateway = await site.startGateway({ IDLE_TIMEOUT_S: '8' });
  const [halfOpen, silent] = [await site.connectRaw(gateway), await site.connect(gateway)];
  const replyId = await halfOpen.upgrade();
  let pings = 0;
  silent.socket.on('ping', () => pings++);
  await halfOpen.untilClosed(16_000);
  expect(jsonOf(await site.untilEvent('disconnected', replyId))).toMatchObject({ code: 1006 });
  expect(pings).toBeGreaterThan(0);
  expect(silent.closed).toBeUndefined();
});

describe('what is no WebSocket client', () => {
  /** An HTTP request as any client makes it. */
  async function ask(
    gateway: TestGateway,
    method: string,
  ): Promise<{ status?: number | undefined; upgrade?: unknown }> {
    const asked = request({ port: gateway.port, host: '127.0.0.1', path: '/some/path', method, agent: false });
    asked.end(method === 'POST' ? 'a body' : undefined);
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    response.resume();
    await once(response, 'close');
    return { status: response.statusCode, upgrade: response.headers.upgrade };
  }

  test.each(['GET', 'POST', 'HEAD', 'DELETE'])('a plain %s is told to upgrade', async (method) => {
    await expect(ask(await site.startGateway(), method)).resolves.toEqual({ status: 426, upgrade: 'websocket' });
  });

  test.each<[string, string | Buffer]>([
    ['garbage', Buffer.from(Array.from({ length: 2_000 }, (_, index) => (index * 7) % 256))],
    ['a line that never ends', 'x'.repeat(100_000)],
    ['headers without end', `GET / HTTP/1.1\r\n${'x-more: 1\r\n'.repeat(10_000)}`],
    ['another protocol', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'.repeat(20)],
    ['a target that is none', 'GET \0 HTTP/1.1\r\nhost: x\r\n\r\n'],
  ])('%s in place of a handshake ends that connection only', async (_, bytes) => {
    const gateway = await site.startGateway();
    const client = await site.connect(gateway);
    const stranger = await site.connectRaw(gateway);
    stranger.socket.write(bytes);
    await eventually(() => {
      if (!stranger.closed && !stranger.text.startsWith('HTTP/1.1 4')) throw new Error('it was not turned away');
    });
    client.send('still here');
    await site.untilEvent('message', client.replyId);
    await expect(site.events('connected.>')).resolves.toHaveLength(1);
  });

  test('a handshake without its key gets no socket', async () => {
    const stranger = await site.connectRaw(await site.startGateway());
    stranger.socket.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n');
    await expect(stranger.untilText('HTTP/1.1')).resolves.toMatch(/^HTTP\/1.1 426 /);
  });

  test('a frame that is no frame, after a good handshake, ends its connection only', async () => {
    const gateway = await site.startGateway();
    const [client, stranger] = [await site.connect(gateway), await site.connectRaw(gateway)];
    const replyId = await stranger.upgrade();
    stranger.socket.write(Buffer.alloc(64, 0xff));
    await stranger.untilClosed();
    expect(jsonOf(await site.untilEvent('disconnected', replyId))).toMatchObject({ code: 1006 });
    await expect(site.command('send', client.replyId, 'still here')).resolves.toEqual({ result: 'delivered' });
  });

  test('a connection that is cut in the middle of a handshake is never a client', async () => {
    const gateway = await site.startGateway();
    const stranger = await site.connectRaw(gateway);
    stranger.socket.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: upg');
    stranger.cut();
    const client = await site.connect(gateway);
    const events = await site.untilEvents('connected.>', 1);
    expect(events.map(({ about }) => about)).toEqual([client.replyId]);
  });
});
