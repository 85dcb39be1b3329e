/** Sending to everybody. */
import { gatewayIdOf, metricOf, siteForEachTest, upTo } from '../testing/site';

const site = siteForEachTest();

test('a broadcast reaches every client of every gateway once, verbatim, and each gateway tells how many', async () => {
  const [one, two] = [await site.startGateway(), await site.startGateway()];
  const [ofOne, ofTwo] = [await site.connectMany(one, 20), await site.connectMany(two, 30)];
  const answers = await site.broadcast('Grüße 😀', 2);
  const expected = [
    { gatewayId: gatewayIdOf(ofOne[0]!), delivered: 20, dropped: 0 },
    { gatewayId: gatewayIdOf(ofTwo[0]!), delivered: 30, dropped: 0 },
  ];
  expect(answers).toHaveLength(2);
  expect(answers).toEqual(expect.arrayContaining(expected));
  await site.broadcast(Buffer.from([0, 255]), 2, { 'content-type': 'application/octet-stream' });
  for (const client of [...ofOne, ...ofTwo]) {
    await client.untilReceived(2);
    expect(client.received).toEqual([
      { type: 'text', data: Buffer.from('Grüße 😀') },
      { type: 'binary', data: Buffer.from([0, 255]) },
    ]);
  }
});

test('one event a gateway tells of a broadcast, and none a client', async () => {
  const [one, two] = [await site.startGateway(), await site.startGateway()];
  const clients = [...(await site.connectMany(one, 5)), ...(await site.connectMany(two, 5))];
  await site.broadcast('news', 2);
  await site.command('send', clients[0]!.replyId, 'fence');
  await site.command('send', clients[9]!.replyId, 'fence');
  await site.untilEvents('delivered.>', 2);
  const events = await site.events('broadcast.>');
  const gatewayIds = [gatewayIdOf(clients[0]!), gatewayIdOf(clients[9]!)];
  expect(events.map(({ about }) => about).sort()).toEqual([...gatewayIds].sort());
  for (const { about, headers, data, subject } of events) {
    expect(data.toString()).toBe('news');
    expect(subject).toBe(`${site.prefix}.events.broadcast.${about}`);
    expect(headers).toMatchObject({
      'ce-specversion': '1.0',
      'ce-source': `/gateways/${about}`,
      'ce-type': 'wscm.broadcast',
      'ce-subject': about,
      'content-type': 'text/plain; charset=utf-8',
      'wscm-seq': '1',
      'wscm-order': '1',
      'Nats-Msg-Id': headers['ce-id'],
    });
  }
  const kinds = (await site.events()).map(({ kind }) => kind).sort();
  expect(kinds).toEqual([
    ...Array.from({ length: 2 }, () => 'broadcast'),
    ...Array.from({ length: 10 }, () => 'connected'),
    ...Array.from({ length: 2 }, () => 'delivered'),
  ]);
});

test('sends and broadcasts in between reach a client in the order that the events tell', async () => {
  const gateway = await site.startGateway();
  const [client, other] = [await site.connect(gateway), await site.connect(gateway)];
  const command = (number: number): [string, string] => {
    if (number % 3 === 0) return ['all.broadcast', `${number}`.padEnd(number % 2 ? 10 : 40_000, '.')];
    const [gatewayId, socketId] = (number % 7 === 0 ? other : client).replyId.split('.');
    return [`${gatewayId}.send.${socketId}`, `${number}`.padEnd(number % 2 ? 10 : 2_000, '.')];
  };
  for (const number of upTo(300)) site.publishCommand(...command(number));
  const ofClient = upTo(300).filter((number) => number % 3 === 0 || number % 7 !== 0);
  await client.untilReceived(ofClient.length);
  const events = [
    ...(await site.untilEvents('broadcast.>', 100)),
    ...(await site.untilEvents(`delivered.${client.replyId}`, ofClient.length - 100)),
  ];
  const orderOf = (event: (typeof events)[number]) => Number(event.headers['wscm-order']);
  const told = events.sort((a, b) => orderOf(a) - orderOf(b)).map(({ data }) => Number.parseInt(data.toString()));
  const seen = client.texts.map((text) => Number.parseInt(text));
  expect(seen).toEqual(ofClient);
  expect(told).toEqual(seen);
});

test('the numbers of broadcasts and sends together count what a client was sent', async () => {
  const gateway = await site.startGateway();
  const early = await site.connect(gateway);
  await site.broadcast('one');
  const late = await site.connect(gateway);
  await site.broadcast('two');
  await site.command('send', early.replyId, 'three');
  await site.command('send', late.replyId, 'two');
  expect((await site.untilEvent('delivered', early.replyId)).headers['wscm-seq']).toBe('3');
  expect((await site.untilEvent('delivered', late.replyId)).headers['wscm-seq']).toBe('2');
  const broadcasts = await site.events('broadcast.>');
  expect(broadcasts.map(({ headers }) => headers['wscm-seq'])).toEqual(['1', '2']);
});

test('a broadcast to nobody is told as such', async () => {
  await site.startGateway();
  await expect(site.broadcast('anybody?')).resolves.toEqual([
    { gatewayId: expect.any(String) as string, delivered: 0, dropped: 0 },
  ]);
});

test('an answer counts neither those that have left nor those that are being closed', async () => {
  const gateway = await site.startGateway();
  const clients = await site.connectMany(gateway, 10);
  await clients[0]!.close();
  await site.untilEvent('disconnected', clients[0]!.replyId);
  const closing = site.command('disconnect', clients[1]!.replyId, '{}');
  const [answer] = await site.broadcast('x');
  await closing;
  expect(answer).toMatchObject({ delivered: 8, dropped: 0 });
  await expect(metricOf(gateway, 'wscm_gateway_broadcast_deliveries_total{result="delivered"}')).resolves.toBe(8);
});

test('a broadcast without anybody who waits for the answer reaches everybody, too', async () => {
  const client = await site.connect(await site.startGateway());
  site.publishCommand('all.broadcast', 'no reply wanted');
  await client.untilReceived(1);
  await site.untilEvents('broadcast.>', 1);
});

test('a broadcast that is larger than MAX_MESSAGE_BYTES reaches nobody, and the gateway goes on', async () => {
  const gateway = await site.startGateway();
  const client = await site.connect(gateway);
  site.publishCommand('all.broadcast', Buffer.alloc(131_073));
  site.publishCommand('all.broadcast', Buffer.alloc(1_048_576 - 20));
  await expect(site.broadcast('y'.repeat(131_072))).resolves.toMatchObject([{ delivered: 1 }]);
  await client.untilReceived(1);
  expect(client.texts).toEqual(['y'.repeat(131_072)]);
  const events = await site.untilEvents('broadcast.>', 1);
  expect(events.map(({ data }) => data.length)).toEqual([131_072]);
});
