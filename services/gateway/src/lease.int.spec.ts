/** The lease by which registries know that the gateway lives. */
import { hostname } from 'node:os';
import { eventually } from '@wscm/testing';
import { allFine, gatewayIdOf, jsonOf, readinessOf, siteForEachTest } from './testing/site';

const site = siteForEachTest();

const withoutLease = { status: 503, checks: { ...allFine.checks, lease: 'error' } };

async function untilRenewals(count: number): Promise<void> {
  await eventually(() => {
    if (site.renewals.length < count) throw new Error(`${site.renewals.length} of ${count} renewals have come`);
  });
}

test('is renewed several times within its term', async () => {
  const started = performance.now();
  await site.startGateway({ LEASE_TTL_MS: '1200' });
  await untilRenewals(9);
  expect((performance.now() - started) / 8).toBeLessThan(600);
  expect((performance.now() - started) / 8).toBeGreaterThan(150);
});

test('a renewal tells who renews, since when, how many connections there are, and what went through', async () => {
  const before = Date.now();
  const gateway = await site.startGateway({ LEASE_TTL_MS: '2000' });
  const clients = await site.connectMany(gateway, 3);
  for (const text of ['one', 'two']) clients[0]!.send(text);
  await site.command('send', clients[1]!.replyId, 'to one');
  site.publishCommand('all.broadcast', 'to all');
  await eventually(() => expect(site.renewals.at(-1)).toMatchObject({ messagesFromClients: 2, messagesToClients: 4 }));
  const { startedAt, ...renewal } = site.renewals.at(-1)!;
  expect(renewal).toEqual({
    ...{ gatewayId: gatewayIdOf(clients[0]!), epoch: 1, host: hostname(), connections: 3 },
    ...{ connects: 3, disconnects: 0, messagesFromClients: 2, messagesToClients: 4 },
  });
  expect(Date.parse(startedAt)).toBeGreaterThanOrEqual(before);
  await clients[0]!.close();
  await eventually(() => expect(site.renewals.at(-1)).toMatchObject({ connections: 2, connects: 3, disconnects: 1 }));
});

test('the gateway is not ready until it is granted, and no longer when it runs out; sockets stay open', async () => {
  site.leaseAnswer = () => undefined;
  const gateway = await site.startGateway({ LEASE_TTL_MS: '500' });
  await untilRenewals(2);
  await expect(readinessOf(gateway)).resolves.toEqual(withoutLease);
  site.leaseAnswer = () => ({ result: 'renewed' });
  await site.untilReadiness(gateway, allFine);
  const client = await site.connect(gateway);
  site.leaseAnswer = () => undefined;
  await site.untilReadiness(gateway, withoutLease);
  client.send('still here');
  await site.untilEvent('message', client.replyId);
  site.leaseAnswer = () => ({ result: 'renewed' });
  await site.untilReadiness(gateway, allFine);
  expect(new Set(site.renewals.map(({ epoch }) => epoch))).toEqual(new Set([1]));
});

test('registries that keep silent cost it nothing, as long as one answers', async () => {
  let asked = 0;
  site.leaseAnswer = () => (++asked % 3 === 0 ? { result: 'renewed' } : undefined);
  const gateway = await site.startGateway({ LEASE_TTL_MS: '1000' });
  await site.untilReadiness(gateway, allFine);
  while (asked < 40) await expect(readinessOf(gateway)).resolves.toEqual(allFine);
});

test('a gateway that may have been declared lost carries out nothing; one that hears of a registry does', async () => {
  const gateway = await site.startGateway({ LEASE_TTL_MS: '500' });
  const client = await site.connect(gateway);
  const send = (text: string) => site.command('send', client.replyId, text);
  await site.untilReadiness(gateway, allFine);
  site.leaseAnswer = () => 'refused';
  await untilRenewals(site.renewals.length + 10);
  await expect(readinessOf(gateway)).resolves.toEqual(allFine);
  await expect(send('one')).resolves.toEqual({ result: 'delivered' });

  site.leaseAnswer = () => undefined;
  await eventually(async () => expect(await send('tried')).toEqual({ result: 'lapsed' }));
  await expect(send('two')).resolves.toEqual({ result: 'lapsed' });
  await expect(site.command('disconnect', client.replyId, '{}')).resolves.toEqual({ result: 'lapsed' });
  site.publishCommand('all.broadcast', 'three');
  site.leaseAnswer = () => ({ result: 'renewed' });
  await site.untilReadiness(gateway, allFine);
  await expect(send('four')).resolves.toEqual({ result: 'delivered' });
  await eventually(() => expect(client.texts.filter((text) => text !== 'tried')).toEqual(['one', 'four']));
});

test.each<[string, object]>([
  ['is no lease answer', { result: 'perhaps' }],
  ['is an empty object', {}],
])('an answer that %s grants nothing, and the gateway goes on asking', async (_, answer) => {
  site.leaseAnswer = () => answer;
  const gateway = await site.startGateway({ LEASE_TTL_MS: '500' });
  await untilRenewals(3);
  await expect(readinessOf(gateway)).resolves.toEqual(withoutLease);
  site.leaseAnswer = () => ({ result: 'renewed' });
  await site.untilReadiness(gateway, allFine);
});

test('where it was lost, the living sockets are announced again under the next epoch, with their numbers', async () => {
  const gateway = await site.startGateway({ LEASE_TTL_MS: '500' });
  const [client, quiet, closed] = await site.connectMany(gateway, 3);
  client!.send('one');
  client!.send('two');
  await site.untilEvents(`message.${client!.replyId}`, 2);
  await site.command('send', client!.replyId, 'direct');
  await site.broadcast('to all');
  await closed!.close();
  await site.untilEvent('disconnected', closed!.replyId);

  site.leaseAnswer = ({ epoch }) => (epoch <= 3 ? { result: 'lost', epoch: 3 } : { result: 'renewed' });
  const announced = (await site.untilEvents('connected.>', 5)).slice(3);
  await eventually(() => expect(site.renewals.at(-1)?.epoch).toBe(4));
  await site.untilReadiness(gateway, allFine);

  expect(new Set(announced.map(({ about }) => about))).toEqual(new Set([client!.replyId, quiet!.replyId]));
  const [first, again] = (await site.events(`connected.${client!.replyId}`)).map(jsonOf);
  expect(first).toMatchObject({ epoch: 1, messagesFromClient: 0, messagesToClient: 0, broadcasts: 0, order: 0 });
  expect(again).toEqual({
    ...first,
    epoch: 4,
    messagesFromClient: 2,
    messagesToClient: 2,
    broadcasts: 1,
    order: 2,
  });
  expect(announced.map(jsonOf)).toEqual(
    expect.arrayContaining([expect.objectContaining({ epoch: 4, messagesFromClient: 0, messagesToClient: 1 })]),
  );
  expect(client!.texts).toEqual(['direct', 'to all']);
});

test('what happens after it was lost goes on with the same numbers', async () => {
  const gateway = await site.startGateway({ LEASE_TTL_MS: '500' });
  const client = await site.connect(gateway);
  client.send('one');
  site.leaseAnswer = ({ epoch }) => (epoch === 1 ? { result: 'lost', epoch: 1 } : { result: 'renewed' });
  await site.untilEvents(`connected.${client.replyId}`, 2);
  client.send('two');
  await client.close();
  await site.untilEvent('disconnected', client.replyId);
  const [, two] = await site.events(`message.${client.replyId}`);
  expect(two?.headers['wscm-seq']).toBe('2');
  const late = await site.connect(gateway);
  expect(jsonOf(await site.untilEvent('connected', late.replyId))).toMatchObject({ epoch: 2 });
});

test('losing it again and again announces each time once', async () => {
  const gateway = await site.startGateway({ LEASE_TTL_MS: '500' });
  const client = await site.connect(gateway);
  site.leaseAnswer = ({ epoch }) => (epoch < 5 ? { result: 'lost', epoch } : { result: 'renewed' });
  const events = await site.untilEvents(`connected.${client.replyId}`, 5);
  expect(events.map((event) => jsonOf(event)['epoch'])).toEqual([1, 2, 3, 4, 5]);
  await site.untilReadiness(gateway, allFine);
});
