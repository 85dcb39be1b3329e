/** Closing one client's socket. */
import { eventually } from '@wscm/testing';
import { gatewayIdOf, jsonOf, siteForEachTest } from '../testing/site';

const site = siteForEachTest();

test('the client sees code and reason, and so does the event; nobody else is closed', async () => {
  const gateway = await site.startGateway();
  const [client, other] = [await site.connect(gateway), await site.connect(gateway)];
  client.send('counted');
  await site.untilEvent('message', client.replyId);
  const request = JSON.stringify({ code: 4001, reason: 'Grüße' });
  await expect(site.command('disconnect', client.replyId, request)).resolves.toEqual({ result: 'disconnected' });
  await expect(client.untilClosed()).resolves.toEqual({ code: 4001, reason: 'Grüße' });
  const event = await site.untilEvent('disconnected', client.replyId);
  expect(jsonOf(event)).toEqual({ code: 4001, reason: 'Grüße' });
  expect(event.headers).toMatchObject({
    'ce-type': 'wscm.disconnected',
    'ce-subject': client.replyId,
    'content-type': 'application/json',
    'wscm-seq': '1',
  });
  expect(other.closed).toBeUndefined();
  await expect(site.command('send', other.replyId, 'x')).resolves.toEqual({ result: 'delivered' });
});

test.each([1000, 1012, 3000, 4999])('code %i can be asked for', async (code) => {
  const client = await site.connect(await site.startGateway());
  await site.command('disconnect', client.replyId, JSON.stringify({ code, reason: 'x'.repeat(123) }));
  await expect(client.untilClosed()).resolves.toEqual({ code, reason: 'x'.repeat(123) });
  expect(jsonOf(await site.untilEvent('disconnected', client.replyId))).toEqual({ code, reason: 'x'.repeat(123) });
});

test('an empty object closes with the code for operators', async () => {
  const client = await site.connect(await site.startGateway());
  await site.command('disconnect', client.replyId, '{}');
  await expect(client.untilClosed()).resolves.toEqual({ code: 4500, reason: 'disconnected by an operator' });
});

test('what is sent before the disconnect still arrives before the close', async () => {
  const client = await site.connect(await site.startGateway());
  const sent = site.command('send', client.replyId, 'last words');
  const closed = site.command('disconnect', client.replyId, '{}');
  await expect(Promise.all([sent, closed])).resolves.toEqual([{ result: 'delivered' }, { result: 'disconnected' }]);
  await client.untilClosed();
  expect(client.texts).toEqual(['last words']);
});

test('a second disconnect, and a send after the first, find the client gone at once', async () => {
  const client = await site.connect(await site.startGateway());
  const answers = await Promise.all([
    site.command('disconnect', client.replyId, '{}'),
    site.command('disconnect', client.replyId, '{}'),
    site.command('send', client.replyId, 'too late'),
  ]);
  expect(answers).toEqual([{ result: 'disconnected' }, { result: 'gone' }, { result: 'gone' }]);
  await client.untilClosed();
  await site.untilEvent('disconnected', client.replyId);
  await expect(site.events(`delivered.${client.replyId}`)).resolves.toEqual([]);
});

test('a socket that was never there is unknown', async () => {
  const client = await site.connect(await site.startGateway());
  const nobody = `${gatewayIdOf(client)}.nobody`;
  await expect(site.command('disconnect', nobody, '{}')).resolves.toEqual({ result: 'unknown' });
});

test.each(['', 'nonsense', '[]', 'null', '{"code":1006}', '{"code":0}', '{"code":"x"}', '{"reason":1}', '{"more":1}'])(
  'a payload of %j closes nobody, and the gateway goes on',
  async (payload) => {
    const client = await site.connect(await site.startGateway());
    const [gatewayId, socketId] = client.replyId.split('.');
    site.publishCommand(`${gatewayId}.disconnect.${socketId}`, payload);
    site.publishCommand(`${gatewayId}.disconnect.${socketId}`, JSON.stringify({ reason: 'x'.repeat(124) }));
    await expect(site.command('send', client.replyId, 'still here')).resolves.toEqual({ result: 'delivered' });
    await client.untilReceived(1);
    expect(client.closed).toBeUndefined();
  },
);

test('a client that has left answers gone', async () => {
  const client = await site.connect(await site.startGateway());
  client.cut();
  await eventually(async () =>
    expect(await site.command('disconnect', client.replyId, '{}')).toEqual({ result: 'gone' }),
  );
});
