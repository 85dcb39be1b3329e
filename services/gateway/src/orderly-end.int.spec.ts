/** How a gateway starts and ends, and what it leaves behind. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { eventually } from '@wscm/testing';
import { openNatsLink } from './testing/nats-link';
import { RawClient } from './testing/raw-client';
import { allFine, gatewayIdOf, jsonOf, metricOf, readinessOf, siteForEachTest, type TestGateway } from './testing/site';

const site = siteForEachTest();
const DRAIN = { code: 1001, reason: 'gateway is shutting down' };

/** Listens as any program would; rejects where the port is taken. */
async function listenOn(port: number): Promise<() => Promise<void>> {
  const server = createServer().listen({ port, host: '127.0.0.1', exclusive: true });
  await once(server, 'listening');
  return () => new Promise((resolve) => server.close(() => resolve()));
}

const resources = (): string[] => process.getActiveResourcesInfo().filter((name) => /TCP|Timeout|Immediate/.test(name));

test('every client is closed with 1001, and every event is stored, before the end', async () => {
  const gateway = await site.startGateway();
  const clients = await site.connectMany(gateway, 100);
  for (const client of clients) client.send('last words');
  await site.untilEvents('message.>', 1);
  await gateway.stop();
  const events = await site.events();
  const of = (kind: string) => events.filter((event) => event.kind === kind);
  for (const kind of ['connected', 'message', 'disconnected'])
    expect(new Set(of(kind).map(({ about }) => about)).size).toBe(100);
  expect(events).toHaveLength(300);
  for (const event of of('disconnected')) expect(jsonOf(event)).toEqual(DRAIN);
  for (const client of clients) await expect(client.untilClosed()).resolves.toEqual(DRAIN);
});

test('clients are closed at the pace of DRAIN_RATE, and those still open are served meanwhile', async () => {
  const gateway = await site.startGateway({ DRAIN_RATE: '30', DRAIN_TIMEOUT_MS: '10000' });
  const clients = await site.connectMany(gateway, 40);
  await site.untilEvents('connected.>', 40);
  const started = performance.now();
  const stopped = gateway.stop();
  await eventually(() => expect(clients.some(({ closed }) => closed)).toBe(true));
  const open = clients.findLast(({ closed }) => !closed)!;
  open.send('while others leave');
  await expect(site.command('send', open.replyId, 'and to you')).resolves.toEqual({ result: 'delivered' });
  await site.untilEvent('message', open.replyId);
  await stopped;
  expect(performance.now() - started).toBeGreaterThan(1_150);
  for (const client of clients) await expect(client.untilClosed()).resolves.toEqual(DRAIN);
  expect(open.texts).toEqual(['and to you']);
});

test('many clients are closed faster than DRAIN_RATE where the time would not do', async () => {
  const gateway = await site.startGateway({ DRAIN_RATE: '1', DRAIN_TIMEOUT_MS: '2000' });
  const clients = await site.connectMany(gateway, 100);
  await site.untilEvents('connected.>', 100);
  const started = performance.now();
  await gateway.stop();
  expect(performance.now() - started).toBeLessThan(2_000);
  for (const client of clients) await expect(client.untilClosed()).resolves.toEqual(DRAIN);
});

test('clients that leave by themselves meanwhile do not disturb the end', async () => {
  const gateway = await site.startGateway({ DRAIN_RATE: '20', DRAIN_TIMEOUT_MS: '10000' });
  const clients = await site.connectMany(gateway, 20);
  const stopped = gateway.stop();
  await eventually(() => expect(clients.some(({ closed }) => closed)).toBe(true));
  for (const client of clients.filter(({ closed }) => !closed)) client.cut();
  await stopped;
  const events = await site.events('disconnected.>');
  expect(events).toHaveLength(20);
});

test('it is not ready and takes no new connection, from the first moment on', async () => {
  const gateway = await site.startGateway({ DRAIN_RATE: '20' });
  await site.untilReadiness(gateway, allFine);
  const clients = await site.connectMany(gateway, 20);
  const waiting = await site.connectRaw(gateway);
  const stopped = gateway.stop();
  await expect(readinessOf(gateway)).resolves.toEqual({
    status: 503,
    checks: { ...allFine.checks, accepting: 'error' },
  });
  await expect(site.connectRaw(gateway)).rejects.toThrow('ECONNREFUSED');
  waiting.ask();
  await expect(waiting.untilText('\r\n\r\n')).resolves.toMatch(/^HTTP\/1.1 503 /);
  expect(clients.some(({ closed }) => !closed)).toBe(true);
  await stopped;
  await expect(site.events('connected.>')).resolves.toHaveLength(20);
});

test('its lease is released, after which it renews no more', async () => {
  const gateway = await site.startGateway({ LEASE_TTL_MS: '500' });
  const client = await site.connect(gateway);
  await site.untilReadiness(gateway, allFine);
  await gateway.stop();
  const renewals = site.renewals.length;
  expect(site.releases).toEqual([{ gatewayId: gatewayIdOf(client), epoch: 1 }]);
  const other = await site.startGateway({ LEASE_TTL_MS: '500' });
  await site.untilReadiness(other, allFine);
  expect(site.renewals.slice(renewals).filter(({ gatewayId }) => gatewayId === gatewayIdOf(client))).toEqual([]);
});

test('its lease is released as soon as a registry can', async () => {
  const answers = ['refused', undefined, 'refused', 'released'] as const;
  site.releaseAnswer = () => answers[site.releases.length - 1];
  const gateway = await site.startGateway({ LEASE_TTL_MS: '4000' });
  await gateway.stop();
  expect(site.releases).toHaveLength(answers.length);
});

test('where none can, it waits for a term, after which its lease has run out; not where there is none', async () => {
  const took = async (ttlMs: number) => {
    const gateway = await site.startGateway({ LEASE_TTL_MS: String(ttlMs) });
    const started = performance.now();
    await gateway.stop();
    return performance.now() - started;
  };
  site.releaseAnswer = () => 'refused';
  expect(await took(1_000)).toBeGreaterThanOrEqual(1_000);
  await site.endRegistry();
  const renewals = site.renewals.length;
  expect(await took(60_000)).toBeLessThan(30_000);
  expect(site.renewals).toHaveLength(renewals);
});

test('its ports are free, its subjects unheard, and nothing keeps the process', async () => {
  const before = resources();
  const gateway = await site.startGateway();
  const client = await site.connect(gateway);
  await gateway.stop();
  await client.untilClosed();
  for (const port of [gateway.port, gateway.adminPort]) await (await listenOn(port))();
  await expect(site.command('send', client.replyId, 'x')).rejects.toThrow('503');
  await eventually(() => expect(resources().length).toBeLessThanOrEqual(before.length));
});

test('asked twice, it ends once', async () => {
  const gateway = await site.startGateway();
  await site.connectMany(gateway, 3);
  await Promise.all([gateway.stop(), gateway.stop()]);
  await gateway.stop();
  await expect(site.events('disconnected.>')).resolves.toHaveLength(3);
  expect(site.releases).toHaveLength(1);
});

describe('told to hurry', () => {
  test('it closes all sockets at once, and ends as soon as every event is stored', async () => {
    const gateway = await site.startGateway({ DRAIN_RATE: '10', DRAIN_TIMEOUT_MS: '60000' });
    const clients = await site.connectMany(gateway, 200);
    const stopped = gateway.stop();
    await eventually(() => expect(clients.some(({ closed }) => closed)).toBe(true));
    expect(clients.filter(({ closed }) => closed).length).toBeLessThan(20);
    const hurried = performance.now();
    gateway.hurry();
    await stopped;
    expect(performance.now() - hurried).toBeLessThan(2_000);
    for (const client of clients) await expect(client.untilClosed()).resolves.toEqual(DRAIN);
    await expect(site.events('disconnected.>')).resolves.toHaveLength(200);
    expect(site.releases).toHaveLength(1);
  });

  test('it does not wait long for NATS, and tells how many events could not be stored', async () => {
    const link = await openNatsLink(site.nats.url);
    const gateway = await site.startGateway({ NATS_URL: link.url, DRAIN_TIMEOUT_MS: '60000' });
    const client = await site.connect(gateway);
    await site.untilEvent('connected', client.replyId);
    link.freeze();
    const stopped = gateway.stop();
    await client.untilClosed();
    const hurried = performance.now();
    gateway.hurry();
    await expect(stopped).rejects.toThrow('1 events could not be stored');
    expect(performance.now() - hurried).toBeLessThan(4_000);
    await link.close();
  });
});

describe('with NATS away', () => {
  async function stopWithoutNats(gateway: TestGateway): Promise<{ message: string; took: number }> {
    const started = performance.now();
    const error = await gateway.stop().then(
      () => new Error('it ended as if all were stored'),
      (error: unknown) => error as Error,
    );
    return { message: error.message, took: performance.now() - started };
  }

  afterEach(() => site.nats.killAndRestart());

  test('it ends at DRAIN_TIMEOUT_MS all the same, and tells how many events could not be stored', async () => {
    const before = resources();
    const gateway = await site.startGateway({ DRAIN_TIMEOUT_MS: '1500' });
    const clients = await site.connectMany(gateway, 10);
    await site.untilEvents('connected.>', 10);
    await site.nats.kill();
    await eventually(async () => expect((await readinessOf(gateway)).checks['nats']).toBe('error'));
    clients[0]!.send('never stored');
    await eventually(async () => expect(await metricOf(gateway, 'wscm_gateway_messages_received_total')).toBe(1));
    const { message, took } = await stopWithoutNats(gateway);
    expect(message).toContain('11 events could not be stored');
    expect(took).toBeGreaterThan(1_400);
    expect(took).toBeLessThan(3_000);
    for (const client of clients) await expect(client.untilClosed()).resolves.toEqual(DRAIN);
    await (
      await listenOn(gateway.port)
    )();
    await (
      await listenOn(gateway.adminPort)
    )();
    await site.connection.close();
    await eventually(() => expect(resources().length).toBeLessThanOrEqual(before.length));
  });

  test('it waits for NATS that comes back in time, and stores everything', async () => {
    const gateway = await site.startGateway({ DRAIN_TIMEOUT_MS: '15000' });
    const clients = await site.connectMany(gateway, 10);
    await site.untilEvents('connected.>', 10);
    await site.nats.kill();
    await eventually(async () => expect((await readinessOf(gateway)).checks['nats']).toBe('error'));
    const stopped = gateway.stop();
    for (const client of clients) await client.untilClosed();
    await site.nats.start();
    await stopped;
    // The site's own connection may come back a little later.
    await eventually(async () => expect(await site.events('disconnected.>')).toHaveLength(10));
  });
});

test('with NATS that answers no more, it ends at DRAIN_TIMEOUT_MS all the same', async () => {
  const link = await openNatsLink(site.nats.url);
  const gateway = await site.startGateway({ NATS_URL: link.url, DRAIN_TIMEOUT_MS: '1500' });
  const client = await site.connect(gateway);
  await site.untilEvent('connected', client.replyId);
  link.freeze();
  const started = performance.now();
  await expect(gateway.stop()).rejects.toThrow('1 events could not be stored');
  expect(performance.now() - started).toBeLessThan(3_000);
  await link.close();
});

test('strangers on the admin port who never finish what they say do not hold it up', async () => {
  const gateway = await site.startGateway();
  const [silent, slow] = [await RawClient.connect(gateway.adminPort), await RawClient.connect(gateway.adminPort)];
  slow.socket.write('GET /readyz HTTP/1.1\r\nhost: x\r\n');
  const started = performance.now();
  await gateway.stop();
  expect(performance.now() - started).toBeLessThan(3_000);
  await silent.untilClosed();
  await slow.untilClosed();
});

describe('a start that fails', () => {
  test('names every bad setting', async () => {
    const env = { GATEWAY_PORT: 'x', TRUSTED_PROXIES: '1.2.3.4.5' };
    await expect(site.startGateway(env)).rejects.toThrow(/GATEWAY_PORT=x: (.|\n)*TRUSTED_PROXIES=1\.2\.3\.4\.5: /);
  });

  test.each(['GATEWAY_PORT', 'GATEWAY_ADMIN_PORT'])(
    'because %s is taken names it, and leaves nothing open',
    async (name) => {
      const before = resources();
      const server = createServer().listen({ port: 0, host: '127.0.0.1' });
      await once(server, 'listening');
      const { port } = server.address() as { port: number };
      await expect(site.startGateway({ [name]: String(port) })).rejects.toThrow(name);
      server.close();
      await eventually(() => expect(resources().length).toBeLessThanOrEqual(before.length));
      const renewals = site.renewals.length;
      const other = await site.startGateway({ LEASE_TTL_MS: '500' });
      await site.untilReadiness(other, allFine);
      expect(new Set(site.renewals.slice(renewals).map(({ gatewayId }) => gatewayId)).size).toBe(1);
    },
  );

  test('because messages may be larger than NATS takes names the setting', async () => {
    const env = { MAX_MESSAGE_BYTES: '1048576' };
    await expect(site.startGateway(env)).rejects.toThrow(/MAX_MESSAGE_BYTES=1048576: must be at most \d+/);
  });
});
