/** What clients say, as the stream holds it: verbatim, complete, in order. */
import { randomBytes } from 'node:crypto';
import { gatewayIdOf, seqsOf, siteForEachTest, type StoredEvent, upTo } from '../testing/site';

const site = siteForEachTest();
const MAX_BYTES = 131_072;
const MIB = 1_048_576;

const framesOf = (events: StoredEvent[]): { type: string | undefined; data: Buffer }[] =>
  events.map(({ headers, data }) => ({ type: headers['content-type'], data }));

const TEXT = 'text/plain; charset=utf-8';
const BINARY = 'application/octet-stream';

test('each message is one event with the very bytes of the client', async () => {
  const allBytes = Buffer.from(upTo(256).map((value) => value - 1));
  const client = await site.connect(await site.startGateway());
  client.send('hi');
  client.send('Grüße, 世界 😀 \u0000 "\\" \r\n');
  client.send(allBytes);
  client.send('');
  client.send(Buffer.alloc(0));
  client.send('{"data":{"pattern":"x"},"id":"1"}');
  const events = await site.untilEvents(`message.${client.replyId}`, 6);
  expect(framesOf(events)).toEqual([
    { type: TEXT, data: Buffer.from('hi') },
    { type: TEXT, data: Buffer.from('Grüße, 世界 😀 \u0000 "\\" \r\n') },
    { type: BINARY, data: allBytes },
    { type: TEXT, data: Buffer.alloc(0) },
    { type: BINARY, data: Buffer.alloc(0) },
    { type: TEXT, data: Buffer.from('{"data":{"pattern":"x"},"id":"1"}') },
  ]);
  expect(seqsOf(events)).toEqual(upTo(6));
});

test('a message in fragments is one event', async () => {
  const client = await site.connect(await site.startGateway());
  client.socket.send('one, ', { fin: false });
  client.socket.ping();
  client.socket.send('two, ', { fin: false });
  client.socket.send('three', { fin: true });
  client.socket.send(Buffer.from([1]), { fin: false });
  client.socket.send(Buffer.from([2]), { fin: true });
  const events = await site.untilEvents(`message.${client.replyId}`, 2);
  expect(framesOf(events)).toEqual([
    { type: TEXT, data: Buffer.from('one, two, three') },
    { type: BINARY, data: Buffer.from([1, 2]) },
  ]);
});

test('an event has the headers of a CloudEvent in binary mode, and its number', async () => {
  const client = await site.connect(await site.startGateway());
  const before = Date.now();
  client.send('hi');
  const { subject, headers } = await site.untilEvent('message', client.replyId);
  const { 'ce-id': id, 'ce-time': time, ...others } = headers;
  expect(subject).toBe(`${site.prefix}.events.message.${client.replyId}`);
  expect(others).toEqual({
    'ce-specversion': '1.0',
    'ce-source': `/gateways/${gatewayIdOf(client)}`,
    'ce-type': 'wscm.message',
    'ce-subject': client.replyId,
    'content-type': TEXT,
    'wscm-seq': '1',
    'Nats-Msg-Id': id,
  });
  expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  expect(Date.parse(time!)).toBeGreaterThanOrEqual(before);
  expect(Date.parse(time!)).toBeLessThanOrEqual(Date.now());
});

test('1,000 messages of each of several clients at once are stored in the order of each client', async () => {
  const gateway = await site.startGateway();
  const clients = await site.connectMany(gateway, 4);
  for (const number of upTo(1_000))
    for (const client of clients) client.send(number % 2 ? `${client.replyId} ${number}` : Buffer.from(String(number)));
  const events = await site.untilEvents('message.>', 4_000);
  expect(new Set(events.map(({ headers }) => headers['ce-id'])).size).toBe(4_000);
  for (const { replyId } of clients) {
    const own = events.filter(({ about }) => about === replyId);
    expect(seqsOf(own)).toEqual(upTo(1_000));
    expect(own.map(({ data }) => data.toString())).toEqual(
      upTo(1_000).map((number) => (number % 2 ? `${replyId} ${number}` : String(number))),
    );
  }
});

describe('at the limit of MAX_MESSAGE_BYTES', () => {
  test.each([
    ['text', 'x'.repeat(MAX_BYTES)],
    ['binary', randomBytes(MAX_BYTES)],
  ])('a %s message of that size is taken', async (_, message) => {
    const client = await site.connect(await site.startGateway());
    client.send(message);
    const { data } = await site.untilEvent('message', client.replyId);
    expect(data.equals(Buffer.from(message))).toBe(true);
  });

  test.each<[string, number, { code: number; reason: string }]>([
    ['one byte more', MAX_BYTES + 1, { code: 1009, reason: 'message too big' }],
    ['many times more', MAX_BYTES + MIB, { code: 1009, reason: 'message too big' }],
    ['more than the library reads', MAX_BYTES + MIB + 1, { code: 1006, reason: '' }],
    ['64 MiB', 64 * MIB, { code: 1006, reason: '' }],
  ])('%s closes the sender, is no event, and disturbs nobody else', async (_, size, seen) => {
    const gateway = await site.startGateway();
    const [sender, other] = [await site.connect(gateway), await site.connect(gateway)];
    sender.send('before');
    sender.send(Buffer.alloc(size));
    sender.send('after');
    await expect(sender.untilClosed()).resolves.toEqual(seen);
    other.send('still here');
    await site.untilEvent('message', other.replyId);
    const { data, headers } = await site.untilEvent('disconnected', sender.replyId);
    expect(JSON.parse(data.toString())).toMatchObject({ code: seen.code });
    expect(headers['wscm-seq']).toBe('1');
    expect(framesOf(await site.events(`message.${sender.replyId}`))).toEqual([
      { type: TEXT, data: Buffer.from('before') },
    ]);
  });

  test('fragments count together', async () => {
    const client = await site.connect(await site.startGateway());
    client.socket.send(Buffer.alloc(MAX_BYTES), { fin: false });
    client.socket.send(Buffer.alloc(1), { fin: true });
    await expect(client.untilClosed()).resolves.toEqual({ code: 1009, reason: 'message too big' });
    await site.untilEvent('disconnected', client.replyId);
    await expect(site.events(`message.${client.replyId}`)).resolves.toEqual([]);
  });
});

test('what is no valid WebSocket message closes its sender only', async () => {
  const gateway = await site.startGateway();
  const [sender, other] = [await site.connectRaw(gateway), await site.connect(gateway)];
  const replyId = await sender.upgrade();
  sender.sendFrame(1, Buffer.from([0xc3, 0x28]));
  await sender.untilClosed();
  other.send('still here');
  await site.untilEvent('message', other.replyId);
  await site.untilEvent('disconnected', replyId);
  await expect(site.events(`message.${replyId}`)).resolves.toEqual([]);
});

test('messages that were under way when NATS was killed are stored once, in order', async () => {
  const gateway = await site.startGateway();
  const client = await site.connect(gateway);
  for (const number of upTo(500)) client.send(`${number}`);
  await site.untilEvents(`message.${client.replyId}`, 1);
  const restarted = site.nats.killAndRestart();
  for (const number of upTo(1_500)) client.send(`${500 + number}`);
  await restarted;
  const events = await site.untilEvents(`message.${client.replyId}`, 2_000);
  expect(events.map(({ data }) => data.toString())).toEqual(upTo(2_000).map(String));
  expect(seqsOf(events)).toEqual(upTo(2_000));
});
