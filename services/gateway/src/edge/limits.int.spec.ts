/** Who asks for too much, or says too much, is turned away; the others never notice. */
import { eventually } from '@wscm/testing';
import { jsonOf, metricOf, siteForEachTest, type TestGateway } from '../testing/site';

const site = siteForEachTest();

/** The first line of the answer to a handshake. */
async function statusOf(gateway: TestGateway, headers: string[] = [], target = '/'): Promise<string> {
  const client = await site.connectRaw(gateway);
  client.ask(target, headers);
  return (await client.untilText('\r\n\r\n')).split('\r\n')[0]!;
}

test('a client that says too much is closed with 1008 and a reason; its burst is stored, others stay', async () => {
  const gateway = await site.startGateway({ MESSAGE_RATE: '10', RATE_BURST_S: '2' });
  const [loud, calm] = await site.connectMany(gateway, 2);
  for (let count = 0; count < 100; count++) loud!.send('x');
  await expect(loud!.untilClosed()).resolves.toEqual({ code: 1008, reason: 'too many messages' });
  const left = jsonOf(await site.untilEvent('disconnected', loud!.replyId));
  expect(left).toEqual({ code: 1008, reason: 'too many messages' });
  const stored = (await site.events(`message.${loud!.replyId}`)).length;
  expect(stored).toBeGreaterThanOrEqual(20);
  expect(stored).toBeLessThan(30);
  calm!.send('still here');
  await site.untilEvent('message', calm!.replyId);
});

test('bytes are counted, too', async () => {
  const gateway = await site.startGateway({ BYTE_RATE: '1000', RATE_BURST_S: '1', MAX_MESSAGE_BYTES: '1000' });
  const client = await site.connect(gateway);
  client.send('x'.repeat(900));
  client.send('x'.repeat(900));
  await expect(client.untilClosed()).resolves.toEqual({ code: 1008, reason: 'too many bytes' });
});

test('a client that says nothing is closed after the time for it, and one that spoke is not', async () => {
  const gateway = await site.startGateway({ FIRST_MESSAGE_TIMEOUT_S: '1' });
  const [silent, spoke] = await site.connectMany(gateway, 2);
  spoke!.send('hello');
  await expect(silent!.untilClosed()).resolves.toEqual({ code: 1008, reason: 'nothing was said in time' });
  await expect(site.command('send', spoke!.replyId, 'still here')).resolves.toEqual({ result: 'delivered' });
});

test('connections in all and of one address have their limits, by the address that a trusted proxy tells', async () => {
  const gateway = await site.startGateway({
    MAX_CONNECTIONS: '3',
    MAX_CONNECTIONS_PER_ADDRESS: '2',
    TRUSTED_PROXIES: '127.0.0.1',
  });
  const from = (address: string) => statusOf(gateway, [`x-forwarded-for: ${address}`]);
  for (const [address, status] of [
    ['203.0.113.1', 'HTTP/1.1 101 Switching Protocols'],
    ['203.0.113.1', 'HTTP/1.1 101 Switching Protocols'],
    ['203.0.113.1', 'HTTP/1.1 429 Too Many Requests'],
    ['2001:db8::1', 'HTTP/1.1 101 Switching Protocols'],
    ['2001:db8::2', 'HTTP/1.1 503 Service Unavailable'],
  ] as const)
    await expect(from(address)).resolves.toBe(status);
  const refusals = (reason: string) => metricOf(gateway, `wscm_gateway_refusals_total{reason="${reason}"}`);
  await expect(refusals('connections')).resolves.toBe(1);
  await expect(refusals('connections-per-address')).resolves.toBe(1);
});

test('places of those that have left are free again', async () => {
  const gateway = await site.startGateway({ MAX_CONNECTIONS_PER_ADDRESS: '1' });
  for (let count = 0; count < 3; count++) {
    const client = await eventually(() => site.connect(gateway));
    client.cut();
  }
});

test('10,000 connects from one address are cut down to the rate, and others still get in', async () => {
  const gateway = await site.startGateway({
    CONNECT_RATE_PER_ADDRESS: '10',
    RATE_BURST_S: '1',
    TRUSTED_PROXIES: '127.0.0.1',
  });
  const counts: Record<string, number> = {};
  for (let batch = 0; batch < 100; batch++) {
    const statuses = Array.from({ length: 100 }, async () => {
      const client = await site.connectRaw(gateway);
      client.ask('/', ['x-forwarded-for: 203.0.113.1']);
      const status = (await client.untilText('\r\n\r\n')).slice(9, 12);
      client.cut();
      return status;
    });
    for (const status of await Promise.all(statuses)) counts[status] = (counts[status] ?? 0) + 1;
  }
  expect(counts['101']).toBeGreaterThanOrEqual(10);
  expect(counts['429']).toBeGreaterThan(9_000);
  await expect(statusOf(gateway, ['x-forwarded-for: 203.0.113.2'])).resolves.toContain('101');
}, 120_000);

test.each([
  ['headers', '/', [`x-a: ${'a'.repeat(17_000)}`]],
  ['names of headers', '/', Array.from({ length: 17 }, (_, index) => `x-${index}${'a'.repeat(1_000)}:`)],
  ['a path', `/${'a'.repeat(17_000)}`, []],
  ['a query', `/?${'a'.repeat(17_000)}`, []],
])('%s beyond the limit are refused with 431', async (_, target, headers) => {
  const gateway = await site.startGateway();
  await expect(statusOf(gateway, headers, target)).resolves.toMatch(/^HTTP\/1.1 (431|505) /);
  await expect(site.events()).resolves.toEqual([]);
});
