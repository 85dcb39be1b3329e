/** Sending to one client. */
import { eventually } from '@wscm/testing';
import { gatewayIdOf, metricOf, seqsOf, siteForEachTest, upTo } from '../testing/site';

const site = siteForEachTest();
const BINARY = { 'content-type': 'application/octet-stream' };

test('a text reaches exactly the client it is for, as one frame, verbatim', async () => {
  const gateway = await site.startGateway();
  const [client, other] = [await site.connect(gateway), await site.connect(gateway)];
  const text = 'Grüße 😀 "\\" \u0000';
  await expect(site.command('send', client.replyId, text)).resolves.toEqual({ result: 'delivered' });
  await expect(site.command('send', other.replyId, 'fence')).resolves.toEqual({ result: 'delivered' });
  await other.untilReceived(1);
  await client.untilReceived(1);
  expect(client.received).toEqual([{ type: 'text', data: Buffer.from(text) }]);
  expect(other.texts).toEqual(['fence']);
});

test.each<[string, Record<string, string>, 'text' | 'binary']>([
  ['application/octet-stream', BINARY, 'binary'],
  ['Application/Octet-Stream; x=y', { 'content-type': 'Application/Octet-Stream; x=y' }, 'binary'],
  ['application/json', { 'content-type': 'application/json' }, 'text'],
  ['none', {}, 'text'],
])('a content type of %s makes the frame what it says', async (_, headers, type) => {
  const client = await site.connect(await site.startGateway());
  await site.command('send', client.replyId, '{"a":1}', headers);
  await client.untilReceived(1);
  expect(client.received).toEqual([{ type, data: Buffer.from('{"a":1}') }]);
});

test('every byte value and an empty message get through', async () => {
  const allBytes = Buffer.from(upTo(256).map((value) => value - 1));
  const client = await site.connect(await site.startGateway());
  await site.command('send', client.replyId, allBytes, BINARY);
  await site.command('send', client.replyId, '');
  await client.untilReceived(2);
  expect(client.received).toEqual([
    { type: 'binary', data: allBytes },
    { type: 'text', data: Buffer.alloc(0) },
  ]);
});

test('an event tells what was delivered, with its number, its order and the bytes', async () => {
  const gateway = await site.startGateway();
  const [client, other] = [await site.connect(gateway), await site.connect(gateway)];
  await site.command('send', client.replyId, 'one');
  await site.command('send', other.replyId, 'elsewhere');
  await site.broadcast('to all');
  await site.command('send', client.replyId, Buffer.from([0, 255]), BINARY);
  const [one, two] = await site.untilEvents(`delivered.${client.replyId}`, 2);
  const fixed = {
    'ce-specversion': '1.0',
    'ce-source': `/gateways/${gatewayIdOf(client)}`,
    'ce-type': 'wscm.delivered',
    'ce-subject': client.replyId,
  };
  expect(one?.data.toString()).toBe('one');
  expect(one?.headers).toMatchObject({
    ...fixed,
    'content-type': 'text/plain; charset=utf-8',
    'wscm-seq': '1',
    'wscm-order': '1',
    'wscm-broadcasts': '0',
  });
  expect(two?.data).toEqual(Buffer.from([0, 255]));
  expect(two?.headers).toMatchObject({
    ...fixed,
    'content-type': 'application/octet-stream',
    'wscm-seq': '3',
    'wscm-order': '4',
    'wscm-broadcasts': '1',
  });
  expect(one?.headers['Nats-Msg-Id']).not.toBe(two?.headers['Nats-Msg-Id']);
});

test('many sends at once arrive in the order they were sent, each told by one event', async () => {
  const client = await site.connect(await site.startGateway());
  const answers = await Promise.all(upTo(1_000).map((number) => site.command('send', client.replyId, `${number}`)));
  expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toEqual(new Set(['{"result":"delivered"}']));
  await client.untilReceived(1_000);
  expect(client.texts).toEqual(upTo(1_000).map(String));
  const events = await site.untilEvents(`delivered.${client.replyId}`, 1_000);
  expect(events.map(({ data }) => data.toString())).toEqual(client.texts);
  expect(seqsOf(events)).toEqual(upTo(1_000));
});

test('a send without anybody who waits for the answer is delivered, too', async () => {
  const client = await site.connect(await site.startGateway());
  const [gatewayId, socketId] = client.replyId.split('.');
  site.publishCommand(`${gatewayId}.send.${socketId}`, 'no reply wanted');
  await client.untilReceived(1);
  await site.untilEvent('delivered', client.replyId);
});

test('a socket that was never there is unknown, and one that has closed is gone', async () => {
  const gateway = await site.startGateway();
  const [client, other] = [await site.connect(gateway), await site.connect(gateway)];
  const nobody = `${gatewayIdOf(client)}.AAAAAAAAAAAAAAAAAAAAAA`;
  await expect(site.command('send', nobody, 'x')).resolves.toEqual({ result: 'unknown' });
  await client.close();
  await eventually(async () => expect(await site.command('send', client.replyId, 'x')).toEqual({ result: 'gone' }));
  await site.command('send', other.replyId, 'fence');
  const events = await site.untilEvents('delivered.>', 1);
  expect(events.map(({ about }) => about)).toEqual([other.replyId]);
});

test('a message larger than MAX_MESSAGE_BYTES is too big, and reaches nobody', async () => {
  const client = await site.connect(await site.startGateway({ MAX_MESSAGE_BYTES: '1000' }));
  await expect(site.command('send', client.replyId, 'x'.repeat(1_001))).resolves.toEqual({ result: 'tooBig' });
  await expect(site.command('send', client.replyId, 'y'.repeat(1_000))).resolves.toEqual({ result: 'delivered' });
  await client.untilReceived(1);
  expect(client.texts).toEqual(['y'.repeat(1_000)]);
  const { headers } = await site.untilEvent('delivered', client.replyId);
  expect(headers['wscm-seq']).toBe('1');
});

test('sends are counted by their result', async () => {
  const gateway = await site.startGateway();
  const client = await site.connect(gateway);
  await site.command('send', client.replyId, 'x');
  await site.command('send', `${gatewayIdOf(client)}.nobody`, 'x');
  await expect(metricOf(gateway, 'wscm_gateway_sends_total{result="delivered"}')).resolves.toBe(1);
  await expect(metricOf(gateway, 'wscm_gateway_sends_total{result="unknown"}')).resolves.toBe(1);
});
