/** Those who mean harm: each harms only itself. */
import { randomBytes } from 'node:crypto';
import { eventually } from '@wscm/testing';
import { jsonOf, metricOf, siteForEachTest, type TestGateway } from '../testing/site';
import type { RawClient } from '../testing/raw-client';

const site = siteForEachTest();

/** A client of a good kind, which must notice nothing. */
async function bystander(gateway: TestGateway): Promise<() => Promise<void>> {
  const client = await site.connect(gateway);
  return async () => {
    client.send('still here');
    await site.untilEvent('message', client.replyId);
    await expect(site.command('send', client.replyId, 'you too')).resolves.toEqual({ result: 'delivered' });
    expect(client.closed).toBeUndefined();
  };
}

const untilConnections = (gateway: TestGateway, count: number) =>
  eventually(async () => expect(await metricOf(gateway, 'wscm_gateway_connections')).toBe(count), 20_000);

test('1,000 streams of random bytes, half of them after a good handshake', async () => {
  const gateway = await site.startGateway();
  const isWell = await bystander(gateway);
  for (let batch = 0; batch < 20; batch++) {
    const strangers = Array.from({ length: 50 }, async (_, index) => {
      const client = await site.connectRaw(gateway);
      if (index % 2) await client.upgrade();
      client.socket.write(randomBytes(1 + Math.floor(Math.random() * 2_000)));
      client.socket.end();
    });
    await Promise.all(strangers);
  }
  await untilConnections(gateway, 1);
  await isWell();
}, 60_000);

test('handshakes that are dribbled are cut in time, however slowly they go on', async () => {
  const gateway = await site.startGateway();
  const isWell = await bystander(gateway);
  const strangers = await Promise.all(Array.from({ length: 50 }, () => site.connectRaw(gateway)));
  for (const { socket } of strangers) socket.write('GET / HTTP/1.1\r\n');
  const dribble = setInterval(() => {
    for (const { socket, closed } of strangers) if (!closed) socket.write('x-more: 1\r\n');
  }, 1_000);
  await Promise.all(strangers.map((client) => client.untilClosed(20_000)));
  clearInterval(dribble);
  await isWell();
}, 40_000);

test.each<[string, (client: RawClient) => void]>([
  ['pings', (client) => client.sendFrame(0x9, Buffer.from('ping'))],
  ['empty messages', (client) => client.sendFrame(0x1, Buffer.alloc(0))],
  ['pongs', (client) => client.sendFrame(0xa, Buffer.alloc(0))],
])('a flood of %s from a client that is limited ends it', async (_, send) => {
  const gateway = await site.startGateway({ MESSAGE_RATE: '100', RATE_BURST_S: '1' });
  const isWell = await bystander(gateway);
  const flooder = await site.connectRaw(gateway);
  const replyId = await flooder.upgrade();
  for (let count = 0; count < 20_000 && !flooder.closed; count++) send(flooder);
  await flooder.untilClosed();
  const told = jsonOf(await site.untilEvent('disconnected', replyId));
  expect(told).toEqual({ code: 1008, reason: 'too many messages' });
  await isWell();
});

test('a message in endless fragments ends its connection at the limit', async () => {
  const gateway = await site.startGateway();
  const isWell = await bystander(gateway);
  const stranger = await site.connectRaw(gateway);
  await stranger.upgrade();
  const fragment = (first: boolean) =>
    Buffer.concat([Buffer.from([first ? 1 : 0, 0xfd, 0, 0, 0, 0]), Buffer.alloc(125, 97)]);
  stranger.socket.write(fragment(true));
  for (let count = 0; count < 20_000 && !stranger.closed; count++) stranger.socket.write(fragment(false));
  await stranger.untilClosed();
  await isWell();
});

test('text that is no UTF-8 ends its connection, and is not stored', async () => {
  const gateway = await site.startGateway();
  const isWell = await bystander(gateway);
  const stranger = await site.connectRaw(gateway);
  const replyId = await stranger.upgrade();
  stranger.sendFrame(0x1, Buffer.from([0xc3, 0x28]));
  await stranger.untilClosed();
  await site.untilEvent('disconnected', replyId);
  await expect(site.events(`message.${replyId}`)).resolves.toEqual([]);
  await isWell();
});

test('compression is not agreed to', async () => {
  const stranger = await site.connectRaw(await site.startGateway());
  await stranger.upgrade('/', ['sec-websocket-extensions: permessage-deflate; client_max_window_bits']);
  expect(stranger.text.toLowerCase()).not.toContain('sec-websocket-extensions');
});

test.each(['/%0d%0ace-id:%20evil', '/a?x=%0D%0ace-id:evil', '/*/>/ /'.replaceAll(' ', '%20'), '/ce-source/.>.*'])(
  'what stands in %s gets into no header and no subject of an event',
  async (target) => {
    const gateway = await site.startGateway();
    const stranger = await site.connectRaw(gateway);
    const replyId = await stranger.upgrade(target, ['ce-id: evil', 'ce-source: evil', 'nats-msg-id: evil']);
    const event = await site.untilEvent('connected', replyId);
    expect(event.subject).toBe(`${site.prefix}.events.connected.${replyId}`);
    expect(Object.values(event.headers).join()).not.toMatch(/evil|[\r\n*>]/);
    expect(jsonOf(event)['path']).toBe(target.split('?')[0]);
  },
);

test.each(['*', '>', 'a b', '', 'x.y', '../..'])('a command about the socket %j reaches nobody', async (socketId) => {
  const gateway = await site.startGateway();
  const client = await site.connect(gateway);
  const [gatewayId] = client.replyId.split('.');
  const subject = `commands.${gatewayId}.disconnect.${socketId}`;
  try {
    site.publishCommand(subject.slice('commands.'.length), '{"code":4500,"reason":"evil"}');
    await site.connection.flush();
  } catch {
    // The client library refuses such a subject itself.
  }
  client.send('still here');
  await site.untilEvent('message', client.replyId);
  expect(client.closed).toBeUndefined();
});
