/** A registry whose MongoDB or NATS goes away and comes back, and a registry that ends. */
import 'reflect-metadata';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { eventually } from '@wscm/testing';
import { RequestStrategy } from 'nats';
import { http, type MadeUpGateway, messageEvent, problemOf, siteForAllTests, type TestRegistry } from './testing/site';

/** What a caller may wait for the word that a part is away. */
const DEADLINE_MS = 10_000;

const site = siteForAllTests({ COMMAND_TIMEOUT_MS: '500', LEASE_TTL_MS: '600000' });
let registry: TestRegistry;
let gateway: MadeUpGateway;
let replyId: string;

beforeAll(async () => {
  registry = await site.startRegistry();
  const answers = { send: { result: 'delivered' }, disconnect: { result: 'unknown' } };
  gateway = await site.addGateway({ ...answers, broadcast: { delivered: 1, dropped: 0 } });
  replyId = await site.connectClient(gateway);
});

const get = (path: string) => http(`${registry.url}${path}`);
const post = (path: string) =>
  http(`${registry.url}${path}`, { method: 'POST', body: 'x', headers: { 'content-type': 'text/plain' } });
const send = () => post(`/v1/clients/${replyId}/messages`);
const disconnect = () => http(`${registry.url}/v1/clients/${replyId}`, { method: 'DELETE' });
const untilReady = () => eventually(async () => expect((await get('/readyz')).status).toBe(200), 20_000);

async function inTime<T>(asking: Promise<T>): Promise<T> {
  const started = performance.now();
  const answer = await asking;
  expect(performance.now() - started).toBeLessThan(DEADLINE_MS);
  return answer;
}

const awayWithRetryAfter = expect.objectContaining({
  ...{ status: 503, retryAfter: expect.stringMatching(/^\d+$/) as string },
}) as unknown;

async function expectAway(asking: ReturnType<typeof http>): Promise<void> {
  const answer = await inTime(asking);
  expect(answer).toEqual(problemOf(503));
  expect(answer).toEqual(awayWithRetryAfter);
}

describe('while MongoDB is away', () => {
  let silent: MadeUpGateway;

  beforeAll(async () => {
    silent = await site.addGateway({ broadcast: null });
    expect(await get('/v1/gateways')).toMatchObject({ status: 200 });
    await site.mongo.kill();
  });

  it('whatever needs it is answered 503 in time, with Retry-After', async () => {
    const asked = ['/v1/clients', '/v1/clients/count', `/v1/clients/${replyId}`, '/v1/gateways'].map(get);
    await Promise.all([...asked, disconnect()].map(expectAway));
  });

  it('and so it is over NATS', async () => {
    for (const answer of await inTime(Promise.all([site.ask('clients.list'), site.ask(`clients.get.${replyId}`)])))
      expect(answer).toMatchObject({ code: '503', error: 'MongoDB is away' });
  });

  it('a send is delivered all the same', async () => {
    expect(await inTime(send())).toMatchObject({ status: 200, body: { result: 'delivered' } });
  });

  it('so is a broadcast; who lived when MongoDB told last, and does not answer, is unreachable', async () => {
    const gateways = [{ gatewayId: gateway.gatewayId, delivered: 1 }];
    const body = { delivered: 1, dropped: 0, gateways, unreachable: [silent.gatewayId] };
    expect(await inTime(post('/v1/broadcast'))).toMatchObject({ status: 200, body });
  });

  it('so it is where nobody answers: nothing was delivered, and all are unreachable', async () => {
    await site.silenceBroadcasts();
    const unreachable = [gateway.gatewayId, silent.gatewayId].sort();
    const body = { delivered: 0, dropped: 0, gateways: [], unreachable };
    expect(await inTime(post('/v1/broadcast'))).toMatchObject({ status: 200, body });
  });

  it('the registry is alive, but not ready, and tells why', async () => {
    expect(await get('/healthz')).toMatchObject({ status: 200 });
    expect(await inTime(get('/readyz'))).toMatchObject({
      status: 503,
      body: {
        status: 'error',
        checks: { mongodb: 'error', nats: 'ok' },
        missing: expect.arrayContaining([
          {
            check: 'mongodb',
            message: expect.stringContaining('MongoDB') as string,
            since: expect.any(String) as string,
          },
        ]) as unknown,
      },
    });
  });

  it('everything is as before when it is back', async () => {
    await site.put(messageEvent(replyId, 1, 'meanwhile'));
    await site.mongo.start();
    await untilReady();
    await site.untilStored(replyId, { messagesFromClient: 1 });
    expect(await get(`/v1/clients/${replyId}`)).toMatchObject({ status: 200 });
    expect(await disconnect()).toEqual(problemOf(410));
  });
});

describe('while NATS is away', () => {
  beforeAll(async () => {
    await site.nats.kill();
    await eventually(() => expect(site.bus.connected).toBe(false));
    await eventually(async () => expect((await get('/readyz')).status).toBe(503));
  });

  it('commands are answered 503 in time, with Retry-After', async () => {
    await Promise.all([send(), disconnect(), post('/v1/broadcast')].map(expectAway));
  });

  it('lists are answered all the same', async () => {
    expect(await get('/v1/clients')).toMatchObject({ status: 200, body: { items: [{ replyId }] } });
  });

  it('the registry is alive, but not ready, and tells why', async () => {
    expect(await get('/healthz')).toMatchObject({ status: 200 });
    expect(await get('/readyz')).toMatchObject({
      status: 503,
      body: { checks: { nats: 'error', consumer: 'error', mongodb: 'ok' } },
    });
  });

  it('everything is as before when it is back', async () => {
    await site.nats.start();
    await untilReady();
    await eventually(async () => expect((await send()).status).toBe(200));
    expect(await site.ask('clients.count')).toMatchObject({ code: '', body: { count: 1 } });
    await site.put(messageEvent(replyId, 2));
    await site.untilStored(replyId, { messagesFromClient: 2 });
  });
});

describe('when someone deletes on the server', () => {
  it.each([
    ['the consumer', () => site.jsm.consumers.delete(site.subjects.stream, site.subjects.consumer)],
    ['the stream', () => site.jsm.streams.delete(site.subjects.stream)],
  ])('%s, it is made again, and events are stored as before', async (_, remove) => {
    await remove();
    await eventually(() => site.jsm.consumers.info(site.subjects.stream, site.subjects.consumer), 20_000);
    await untilReady();
    const id = await site.connectClient(gateway);
    await site.put(messageEvent(id, 1));
    await site.untilStored(id, { messagesFromClient: 1 });
  });
});

describe('when someone purges the stream while events wait', () => {
  it('the gateways are made to announce their sockets again, without a restart', async () => {
    await site.mongo.kill();
    await site.put(messageEvent(replyId, 3));
    await site.jsm.streams.purge(site.subjects.stream);
    await site.mongo.start();
    await eventually(async () => {
      expect(await site.gateways.findOne({ _id: gateway.gatewayId })).toMatchObject({ state: 'lost' });
    }, 20_000);
    await untilReady();
    await site.renewLease(gateway, { epoch: 2 });
  });
});

describe('a registry that is stopped', () => {
  it('leaves nothing behind, however often it is told to stop', async () => {
    const way = await countedWay(site.mongo.url);
    const another = await site.startRegistry({
      MONGODB_URL: `${way.url}/${site.db.databaseName}?directConnection=true`,
    });
    expect(way.open()).toBeGreaterThan(0);
    expect(await services()).toBe(2);
    await Promise.all([another.stop(), another.stop()]);
    await another.stop();
    await expect(fetch(`${another.url}/healthz`)).rejects.toThrow();
    await eventually(() => expect(way.open()).toBe(0));
    way.close();
    expect(await services()).toBe(1);
    expect((await get('/readyz')).status).toBe(200);
  });

  it('finishes what it was asked, but does not wait for who never comes to an end', async () => {
    const another = await site.startRegistry();
    const slow = await site.addGateway({ send: null });
    const { port } = new URL(another.url);
    const endless = connect(Number(port), '127.0.0.1').on('error', () => undefined);
    endless.write('POST /v1/broadcast HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\ncontent-length: 10\r\n\r\n1');
    const request = { method: 'POST', body: 'x', headers: { 'content-type': 'text/plain' } };
    const answer = http(`${another.url}/v1/clients/${slow.gatewayId}.socket/messages`, request);
    await eventually(() => expect(slow.asked).toHaveLength(1));

    const started = performance.now();
    await another.stop();
    expect(performance.now() - started).toBeLessThan(15_000);
    expect(await answer).toEqual(problemOf(503));
    endless.destroy();
  });

  it('waits for nothing where it has to hurry, and hands back what it took', async () => {
    const another = await site.startRegistry({ COMMAND_TIMEOUT_MS: '60000' });
    const slow = await site.addGateway({ send: null });
    const request = { method: 'POST', body: 'x', headers: { 'content-type': 'text/plain' } };
    const answer = http(`${another.url}/v1/clients/${slow.gatewayId}.socket/messages`, request).catch(() => 'cut');
    await eventually(() => expect(slow.asked).toHaveLength(1));

    const stopped = another.stop();
    const hurried = performance.now();
    another.hurry();
    await stopped;
    expect(performance.now() - hurried).toBeLessThan(2_000);
    expect(await answer).toBe('cut');
    const id = await site.connectClient(gateway);
    await site.put(messageEvent(id, 1));
    await site.untilStored(id, { messagesFromClient: 1 });
  });

  /** Leads to a server, and counts the connections that are open. */
  async function countedWay(to: string) {
    let open = 0;
    const server = createServer((near) => {
      const far = connect(Number(new URL(to).port), '127.0.0.1');
      open++;
      near.once('close', () => open--);
      for (const [a, b] of [
        [near, far],
        [far, near],
      ] as const)
        a.on('error', () => b.destroy()).pipe(b);
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    return { url: `mongodb://127.0.0.1:${port}`, open: () => open, close: () => server.close() };
  }

  /** Registries that answer on the bus. */
  async function services(): Promise<number> {
    const found = await site.connection.services
      .client({ strategy: RequestStrategy.Timer, maxWait: 300 })
      .ping(site.prefix);
    const ids: string[] = [];
    for await (const { id } of found) ids.push(id);
    return ids.length;
  }
});
