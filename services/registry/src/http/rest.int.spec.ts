/** REST as anyone sees it: every request of the contract, and every way to get it wrong. */
import 'reflect-metadata';
import { connect } from 'node:net';
import { clientPageSchema, clientSchema, gatewaySchema } from '@wscm/contracts';
import { eventually } from '@wscm/testing';
import {
  connectedEvent,
  http,
  type MadeUpGateway,
  messageEvent,
  problemOf,
  siteForAllTests,
  type TestRegistry,
} from '../testing/site';

const MAX_BYTES = 1024;

const site = siteForAllTests({
  ...{ MAX_MESSAGE_BYTES: String(MAX_BYTES), COMMAND_TIMEOUT_MS: '400', LEASE_TTL_MS: '600000' },
});
let registry: TestRegistry;

beforeAll(async () => {
  registry = await site.startRegistry();
});

const get = (path: string) => http(`${registry.url}${path}`);
const post = (path: string, body: string | Uint8Array<ArrayBuffer>, contentType?: string) =>
  http(`${registry.url}${path}`, {
    method: 'POST',
    // As bytes, since fetch makes up a content type for a text.
    body: typeof body === 'string' ? Buffer.from(body) : body,
    headers: contentType === undefined ? {} : { 'content-type': contentType },
  });
const remove = (path: string) => http(`${registry.url}${path}`, { method: 'DELETE' });

describe('GET /v1/clients', () => {
  it('lists who is connected, as the contract says', async () => {
    const gateway = await site.addGateway();
    const replyId = await site.connectClient(gateway, {
      ...{ path: '/room/1', query: { a: 'b', c: ['d', 'e'] }, headers: { 'user-agent': 'test' }, user: 'ann' },
      ...{ claims: { tenant: 'acme', roles: ['a', 1, true, null] } },
      ...{ connectedAt: '2026-11-23T05:00:00.000Z', remoteAddress: '10.0.0.1' },
    });
    await site.put(messageEvent(replyId, 1, 'hi'));
    await site.put({
      ...{ kind: 'delivered', id: 'd', time: '2026-11-23T06:00:00.000Z', source: '/gateways/made-up', replyId },
      ...{ seq: 1, order: 1, broadcasts: 0, frame: { type: 'binary', data: new Uint8Array([0, 255]) } },
    });
    await site.untilStored(replyId, { messagesFromClient: 1, messagesToClient: 1 });

    const answer = await get(`/v1/clients?gatewayId=${gateway.gatewayId}`);
    expect(answer).toMatchObject({ status: 200, contentType: 'application/json; charset=utf-8' });
    const expected = {
      ...{ replyId, gatewayId: gateway.gatewayId, connectedAt: '2026-11-23T05:00:00.000Z', path: '/room/1' },
      ...{
        query: { a: 'b', c: ['d', 'e'] },
        headers: { 'user-agent': 'test' },
        remoteAddress: '10.0.0.1',
        user: 'ann',
        claims: { tenant: 'acme', roles: ['a', 1, true, null] },
      },
      ...{ messagesFromClient: 1, messagesToClient: 1 },
      lastMessageFromClient: { seq: 1, type: 'text', message: 'hi', time: expect.any(String) as string },
      lastMessageToClient: { seq: 1, type: 'binary', message: 'AP8=', time: '2026-11-23T06:00:00.000Z', via: 'send' },
    };
    expect(answer.body).toEqual({ items: [expected], next: null });
    expect(clientPageSchema.parse(answer.body)).toEqual(answer.body);

    const one = await get(`/v1/clients/${replyId}`);
    expect(one).toMatchObject({ status: 200, contentType: 'application/json; charset=utf-8', body: expected });
    expect(clientSchema.parse(one.body)).toEqual(one.body);
    expect(await get(`/v1/clients/count?gatewayId=${gateway.gatewayId}`)).toMatchObject({
      ...{ status: 200, contentType: 'application/json; charset=utf-8', body: { count: 1 } },
    });
  });

  it('gives page after page by cursor, in both orders, with filters', async () => {
    const gateway = await site.addGateway();
    const ids: string[] = [];
    for (const path of ['/a', '/b', '/a', '/a']) ids.push(await site.connectClient(gateway, { path }));
    const wanted = [ids[0], ids[2], ids[3]];
    for (const sort of ['connectedAt', '-connectedAt']) {
      const asked = `/v1/clients?limit=2&path=/a&gatewayId=${gateway.gatewayId}&sort=${sort}`;
      const first = clientPageSchema.parse((await get(asked)).body);
      expect(first.items).toHaveLength(2);
      const second = clientPageSchema.parse((await get(`${asked}&cursor=${first.next}`)).body);
      expect(second.next).toBeNull();
      const seen = [...first.items, ...second.items].map(({ replyId }) => replyId);
      expect(seen).toEqual(sort === 'connectedAt' ? wanted : [...wanted].reverse());
    }
  });

  it('forgets a client at once when it leaves', async () => {
    const gateway = await site.addGateway({ send: { result: 'unknown' }, disconnect: { result: 'unknown' } });
    const replyId = await site.connectClient(gateway);
    await site.disconnectClient(replyId);
    expect((await get(`/v1/clients?gatewayId=${gateway.gatewayId}`)).body).toEqual({ items: [], next: null });
    expect((await get(`/v1/clients/count?gatewayId=${gateway.gatewayId}`)).body).toEqual({ count: 0 });
    expect(await get(`/v1/clients/${replyId}`)).toEqual(problemOf(404, { title: 'No such client' }));
    expect(await post(`/v1/clients/${replyId}/messages`, 'x', 'text/plain')).toEqual(problemOf(410));
    expect(await remove(`/v1/clients/${replyId}`)).toEqual(problemOf(410));
    await site.put(messageEvent(replyId, 1));
    await site.untilStored(replyId, { messagesFromClient: 1 });
    expect(await get(`/v1/clients/${replyId}`)).toEqual(problemOf(404));
  });

  it.each([
    ...['limit=0', 'limit=-1', 'limit=1001', 'limit=1.5', 'limit=many', 'limit=', 'limit=1&limit=2', 'limit=NaN'],
    ...['sort=path', 'sort=', 'cursor=nonsense', 'cursor=', 'color=red', 'path=', 'path=/a&path=/b', 'replyId=x'],
    ...['path[$gt]=', 'path[]=/a', 'path[$ne]=/a&limit=1', '$where=1', 'state=closed'],
    ...['__proto__=x', '__proto__[limit]=1', 'constructor=x', 'constructor[prototype]=x', 'toString=x'],
    ...['user=%ff', 'path=%', 'path=%c3%28', 'path=%zz'],
    `user=${'x'.repeat(2049)}`,
  ])('refuses ?%s', async (query) => {
    expect(await get(`/v1/clients?${query}`)).toEqual(problemOf(400, { detail: expect.any(String) as string }));
    const filtersOnly = !/^(limit|sort|cursor)/.test(query);
    if (filtersOnly) expect(await get(`/v1/clients/count?${query}`)).toEqual(problemOf(400));
  });

  it('names the fault', async () => {
    const { body } = await get('/v1/clients?limit=9999&color=red');
    expect(body).toMatchObject({ detail: expect.stringMatching(/limit: .*1000.*"color"/) as string });
  });

  it('takes an operator in a filter as the text that it is', async () => {
    const value = encodeURIComponent('{"$gt":""}');
    expect(await get(`/v1/clients?path=${value}&user=${value}`)).toMatchObject({ status: 200, body: { items: [] } });
  });
});

describe('POST /v1/clients/{replyId}/messages', () => {
  let gateway: MadeUpGateway;
  let replyId: string;

  beforeEach(async () => {
    gateway = await site.addGateway({ send: { result: 'delivered' } });
    replyId = `${gateway.gatewayId}.socket`;
  });

  const send = (body: string | Uint8Array<ArrayBuffer>, contentType?: string) =>
    post(`/v1/clients/${replyId}/messages`, body, contentType);

  it.each([
    ['text/plain', 'text'],
    ['text/plain; charset=utf-8', 'text'],
    ['TEXT/HTML', 'text'],
    ['application/json', 'text'],
    ['application/vnd.some+json; v=1', 'text'],
    ['application/octet-stream', 'binary'],
    ['Application/Octet-Stream; x=y', 'binary'],
  ])('hands on a body of type %s verbatim, as %s', async (contentType, type) => {
    const body = '{"a": 1,  "b":"🦉\\u0000"} \n';
    const answer = await send(body, contentType);
    expect(answer).toMatchObject({
      ...{ status: 200, contentType: 'application/json; charset=utf-8', body: { result: 'delivered' } },
    });
    const wanted = type === 'text' ? 'text/plain; charset=utf-8' : 'application/octet-stream';
    expect(gateway.asked).toEqual([{ verb: 'send', socketId: 'socket', data: Buffer.from(body), contentType: wanted }]);
  });

  it('hands on bytes that are no text, and the largest message, and the empty one', async () => {
    const bytes = Buffer.alloc(MAX_BYTES, 0xff);
    expect((await send(bytes, 'application/octet-stream')).status).toBe(200);
    expect((await send('', 'text/plain')).status).toBe(200);
    expect(gateway.asked.map(({ data }) => data)).toEqual([bytes, Buffer.alloc(0)]);
  });

  it.each([
    undefined,
    'image/png',
    'multipart/form-data; boundary=x',
    'text',
    'text/',
    'application/x-www-form-urlencoded',
  ])('refuses a body of type %s', async (contentType) => {
    expect(await send('x', contentType)).toEqual(problemOf(415));
    expect(gateway.asked).toEqual([]);
  });

  it('refuses text that is no UTF-8', async () => {
    expect(await send(Buffer.from([0x68, 0xff, 0xfe]), 'text/plain')).toEqual(problemOf(400));
    expect(await send(Buffer.from([0xed, 0xa0, 0x80]), 'application/json')).toEqual(problemOf(400));
    expect(gateway.asked).toEqual([]);
  });

  it('refuses a body that is too large, whether or not its length is told before', async () => {
    expect(await send('x'.repeat(MAX_BYTES + 1), 'text/plain')).toEqual(problemOf(413));
    const body = new Blob(['x'.repeat(MAX_BYTES * 3)]).stream();
    const init = { method: 'POST', body, duplex: 'half', headers: { 'content-type': 'text/plain' } } as RequestInit;
    expect(await http(`${registry.url}/v1/clients/${replyId}/messages`, init)).toEqual(problemOf(413));
    expect(gateway.asked).toEqual([]);
  });

  it('works before the connect is stored', async () => {
    expect(await site.clients.countDocuments({ replyId })).toBe(0);
    expect((await send('early', 'text/plain')).body).toEqual({ result: 'delivered' });
  });
});

describe('DELETE /v1/clients/{replyId}', () => {
  it('answers 204 without a body, and hands on code and reason', async () => {
    const gateway = await site.addGateway({ disconnect: { result: 'disconnected' } });
    const path = `/v1/clients/${gateway.gatewayId}.socket`;
    expect(await remove(path)).toMatchObject({ status: 204, body: '' });
    expect(await remove(`${path}?code=4001&reason=${encodeURIComponent('sorry, 🦉')}`)).toMatchObject({ status: 204 });
    expect(gateway.asked.map(({ data }) => JSON.parse(data.toString()) as unknown)).toEqual([
      { code: 4500, reason: 'disconnected by an operator' },
      { code: 4001, reason: 'sorry, 🦉' },
    ]);
  });

  it.each([
    ...[
      'code=abc',
      'code=',
      'code=999',
      'code=1005',
      'code=1006',
      'code=2000',
      'code=5000',
      'code=1000.5',
      'code=1e99',
    ],
    ...['code=1000&code=1001', `reason=${'x'.repeat(124)}`, `reason=${encodeURIComponent('🦉'.repeat(31))}`, 'why=x'],
    ...['code[$gt]=1', '__proto__=x'],
  ])('refuses ?%s', async (query) => {
    const gateway = await site.addGateway({ disconnect: { result: 'disconnected' } });
    const answer = await remove(`/v1/clients/${gateway.gatewayId}.socket?${query}`);
    expect(answer).toEqual(problemOf(400, { detail: expect.any(String) as string }));
    expect(gateway.asked).toEqual([]);
  });
});

describe('a forged replyId', () => {
  it.each([
    ...['*', '%3E', 'gw.*', 'gw.%3E', '*.*', 'a.b.c', 'gw', 'gw.', '.socket', '...', 'gw..socket', '%2e%2e%2fgateways'],
    ...[
      'gw.s%20x',
      'gw.s%00',
      'gw.s%0d%0aPUB',
      'gw.%09',
      'gw.%2A',
      '%2A.%2A',
      'gw%2Esend.x',
      'gw.s%2Ft',
      '%20',
      '$SYS.x',
    ],
    ...['gw.%C3%BC', '__proto__', 'constructor', 'undefined', 'null', `gw.${'x'.repeat(62)}`, 'x'.repeat(300)],
  ])('%s is nobody, and no gateway hears of it', async (replyId) => {
    const commands: string[] = [];
    const spy = site.connection.subscribe(`${site.prefix}.commands.>`, {
      callback: (_, { subject }) => void commands.push(subject),
    });
    expect(await get(`/v1/clients/${replyId}`)).toEqual(problemOf(404));
    expect(await post(`/v1/clients/${replyId}/messages`, 'x', 'text/plain')).toEqual(problemOf(404));
    expect(await remove(`/v1/clients/${replyId}`)).toEqual(problemOf(404));
    await site.connection.flush();
    expect(commands).toEqual([]);
    spy.unsubscribe();
  });

  it('with an encoding that is none is a bad request', async () => {
    for (const replyId of ['%', '%zz', '%c3%28']) expect(await get(`/v1/clients/${replyId}`)).toEqual(problemOf(400));
  });
});

describe('POST /v1/broadcast', () => {
  it('answers the sums of all gateways', async () => {
    await site.removeGateways();
    const one = await site.addGateway({ broadcast: { delivered: 3, dropped: 1 } });
    const two = await site.addGateway({ broadcast: { delivered: 5, dropped: 0 } });
    const answer = await post('/v1/broadcast', 'news', 'text/plain');
    expect(answer).toMatchObject({
      ...{ status: 200, contentType: 'application/json; charset=utf-8', body: { delivered: 8, dropped: 1 } },
    });
    const { gateways, unreachable } = answer.body as { gateways: unknown[]; unreachable: string[] };
    expect(gateways).toHaveLength(2);
    expect(gateways).toEqual(
      expect.arrayContaining([
        { gatewayId: one.gatewayId, delivered: 3 },
        { gatewayId: two.gatewayId, delivered: 5 },
      ]),
    );
    expect(unreachable).toEqual([]);
    expect(one.asked).toEqual([
      { verb: 'broadcast', socketId: '', data: Buffer.from('news'), contentType: 'text/plain; charset=utf-8' },
    ]);
  });

  it.each([
    ['no content type', 'x', undefined, 415],
    ['another content type', 'x', 'image/png', 415],
    ['a body that is too large', 'x'.repeat(MAX_BYTES + 1), 'text/plain', 413],
    ['text that is no UTF-8', Buffer.from([0xff]), 'text/plain', 400],
  ])('refuses %s', async (_, body, contentType, status) => {
    expect(await post('/v1/broadcast', body, contentType)).toEqual(problemOf(status));
  });
});

describe('GET /v1/gateways', () => {
  it('lists the gateways that live', async () => {
    const gateway = await site.addGateway();
    const traffic = { connects: 9, disconnects: 2, messagesFromClients: 3_000_000_000, messagesToClients: 0 };
    await site.renewLease(gateway, { host: 'here', connections: 7, startedAt: '2026-11-23T05:00:00.000Z', ...traffic });
    const dead = await site.addGateway();
    await site.gateways.updateOne({ _id: dead.gatewayId }, { $set: { state: 'lost' } });
    const answer = await get('/v1/gateways');
    expect(answer).toMatchObject({ status: 200, contentType: 'application/json; charset=utf-8' });
    const { items } = answer.body as { items: { gatewayId: string; lastHeartbeat: string }[] };
    const [shown] = items.filter(({ gatewayId }) => gatewayId === gateway.gatewayId);
    expect(shown).toMatchObject({ host: 'here', connections: 7, startedAt: '2026-11-23T05:00:00.000Z', ...traffic });
    expect(gatewaySchema.parse(shown)).toEqual(shown);
    expect(Math.abs(Date.parse(shown!.lastHeartbeat) - Date.now())).toBeLessThan(10_000);
    expect(items.map(({ gatewayId }) => gatewayId)).not.toContain(dead.gatewayId);
  });

  it('tells null for what an older gateway does not count', async () => {
    const { gatewayId } = await site.addGateway();
    const { items } = (await get('/v1/gateways')).body as { items: { gatewayId: string }[] };
    expect(items.find((item) => item.gatewayId === gatewayId)).toMatchObject({
      ...{ connects: null, disconnects: null, messagesFromClients: null, messagesToClients: null },
    });
  });
});

describe('whatever else is asked', () => {
  it.each([
    ['POST', '/'],
    ['GET', '/v1'],
    ['GET', '/v2/clients'],
    ['GET', '/v1/clients/a.b/messages'],
    ['PUT', '/v1/clients'],
    ['POST', '/v1/clients'],
    ['PATCH', '/v1/clients/a.b'],
    ['DELETE', '/v1/broadcast'],
    ['POST', '/v1/clients//messages'],
    ['GET', '/../etc/passwd'],
  ])('%s %s is answered with a problem', async (method, path) => {
    const answer = await http(`${registry.url}${path}`, { method });
    expect([404, 405]).toContain(answer.status);
    expect(answer).toEqual(problemOf(answer.status));
  });
});

describe('what is no HTTP', () => {
  /** What is answered until the connection ends. */
  async function answerTo(text: string): Promise<string> {
    const socket = connect(Number(new URL(registry.url).port), '127.0.0.1');
    socket.write(text);
    const chunks = (await socket.setEncoding('utf8').toArray()) as string[];
    return chunks.join('');
  }

  it.each([
    ['a line that is no request', 'nonsense\r\n\r\n', 400],
    ['a header with a line end in its name', 'GET /v1/clients HTTP/1.1\r\nhost: x\r\na\nb: c\r\n\r\n', 400],
    ['two lengths', 'POST /v1/broadcast HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nxx', 400],
    ['headers without end', `GET /healthz HTTP/1.1\r\nhost: x\r\na: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
  ])('%s is answered with a problem', async (_, text, status) => {
    const [head = '', body = ''] = (await answerTo(text)).split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} .*content-type: application/problem\\+json`, 'is'));
    expect(JSON.parse(body)).toMatchObject({ type: 'about:blank', status });
  });

  it('a body without end is answered with 413 as soon as it is too large', async () => {
    const head = 'POST /v1/broadcast HTTP/1.1\r\nhost: localhost\r\ncontent-type: text/plain\r\n';
    const chunk = `${(MAX_BYTES + 1).toString(16)}\r\n${'x'.repeat(MAX_BYTES + 1)}\r\n`;
    expect(await answerTo(`${head}transfer-encoding: chunked\r\n\r\n${chunk}`)).toMatch(/^HTTP\/1.1 413 /);
  });

  it('a body that nobody reads is not taken for the next request', async () => {
    const next = 'GET /healthz HTTP/1.1\r\nhost: localhost\r\n';
    const unread = (to: string, body: string) =>
      `POST ${to} HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${body.length}\r\n\r\n${body}${next}connection: close\r\n\r\n`;
    const statuses = async (text: string) =>
      [...(await answerTo(text)).matchAll(/HTTP\/1.1 (\d+) /g)].map(([, it]) => it);
    expect(await statuses(unread('/nothing', `${next}\r\n`))).toEqual(['404', '200']);
    expect(await statuses(unread('/v1/broadcast', `${next}\r\n`.repeat(50)))).toEqual(['413']);
  });
});

describe('health', () => {
  it('GET /healthz answers while the process lives', async () => {
    expect(await get('/healthz')).toMatchObject({ status: 200, body: { status: 'ok' } });
  });

  it('GET /readyz names every part', async () => {
    expect(await get('/readyz')).toMatchObject({
      status: 200,
      body: {
        ...{ status: 'ok', missing: [] },
        checks: { nats: 'ok', consumer: 'ok', mongodb: 'ok' },
      },
    });
  });

  it('GET /metrics counts in Prometheus’ text format', async () => {
    const stored = async () => {
      const { body, contentType, status } = await get('/metrics');
      expect({ status, contentType }).toEqual({ status: 200, contentType: 'text/plain; version=0.0.4; charset=utf-8' });
      return Number(/^wscm_registry_events_stored_total (\d+)$/m.exec(body as string)?.[1]);
    };
    const before = await stored();
    const replyId = `metrics.${Date.now()}`;
    await site.put(connectedEvent(replyId));
    await site.put(messageEvent(replyId, 1));
    await eventually(async () => expect(await stored()).toBe(before + 2));
  });
});

describe('the description', () => {
  interface Operation {
    responses: Record<string, { content?: Record<string, unknown> }>;
    parameters?: { name: string; in: string }[];
    requestBody?: { content: Record<string, unknown> };
  }
  interface OpenApi {
    openapi: string;
    info: { title: string; version: string };
    paths: Record<string, Record<string, Operation>>;
    components: { schemas: Record<string, unknown> };
  }
  let api: OpenApi;

  beforeAll(async () => {
    const answer = await get('/openapi.json');
    expect(answer).toMatchObject({ status: 200, contentType: expect.stringContaining('application/json') as string });
    api = answer.body as OpenApi;
  });

  it('is OpenAPI 3.1, and refers only to what is there', () => {
    expect(api.openapi).toMatch(/^3\.1\./);
    expect(api.info).toMatchObject({ title: expect.any(String) as string, version: expect.any(String) as string });
    const referred = [...JSON.stringify(api).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(
      ([, name]) => name,
    );
    expect(referred.length).toBeGreaterThan(0);
    expect(Object.keys(api.components.schemas)).toEqual(expect.arrayContaining(referred));
  });

  it.each([
    ['get', '/v1/clients', ['200', '400', '503']],
    ['get', '/v1/clients/count', ['200', '400', '503']],
    ['get', '/v1/clients/{replyId}', ['200', '404', '503']],
    ['post', '/v1/clients/{replyId}/messages', ['200', '400', '404', '410', '413', '415', '503']],
    ['delete', '/v1/clients/{replyId}', ['204', '400', '404', '410', '503']],
    ['post', '/v1/broadcast', ['200', '400', '413', '415', '503']],
    ['get', '/v1/gateways', ['200', '503']],
    ['get', '/v1/registries', ['200']],
  ])('tells of %s %s every answer', (method, path, statuses) => {
    const responses = api.paths[path]?.[method]?.responses ?? {};
    expect(Object.keys(responses).sort()).toEqual(statuses);
    for (const [status, { content = {} }] of Object.entries(responses))
      if (status !== '204')
        expect(Object.keys(content)).toEqual([status === '200' ? 'application/json' : 'application/problem+json']);
  });

  it('tells of the events, which have no end', () => {
    const { parameters = [], responses = {} } = api.paths['/v1/events']?.['get'] ?? {};
    expect(
      Object.fromEntries(Object.entries(responses).map(([status, { content = {} }]) => [status, Object.keys(content)])),
    ).toEqual({
      ...{ 200: ['text/event-stream'], 400: ['application/problem+json'], 503: ['application/problem+json'] },
    });
    const names = ['Last-Event-ID', 'gatewayId', 'kind', 'lastEventId', 'path', 'replyId'];
    expect(parameters.map(({ name }) => name).sort()).toEqual(names);
  });

  it('tells nothing of what is not there', () => {
    expect(Object.keys(api.paths).sort()).toEqual([
      '/v1/broadcast',
      '/v1/clients',
      '/v1/clients/count',
      '/v1/clients/{replyId}',
      '/v1/clients/{replyId}/messages',
      '/v1/events',
      '/v1/gateways',
      '/v1/messages',
      '/v1/registries',
    ]);
  });

  it('tells of every filter, and of every kind of body', () => {
    const names = (path: string) => api.paths[path]?.['get']?.parameters?.map(({ name }) => name).sort();
    const filters = ['gatewayId', 'path', 'remoteAddress', 'user'];
    expect(names('/v1/clients')).toEqual([...filters, 'cursor', 'limit', 'sort'].sort());
    expect(names('/v1/clients/count')).toEqual(filters);
    expect(Object.keys(api.paths['/v1/broadcast']?.['post']?.requestBody?.content ?? {})).toEqual([
      ...['text/plain', 'application/json', 'application/octet-stream'],
    ]);
  });

  it('comes with a page to try it', async () => {
    const page = await get('/docs');
    expect(page).toMatchObject({ status: 200, contentType: expect.stringContaining('text/html') as string });
    const [, script] = /src="([^"]*swagger-ui-bundle\.js)"/.exec(page.body as string) ?? [];
    const address = new URL(script ?? 'none', `${registry.url}/docs`);
    expect((await http(address.href)).status).toBe(200);
  });
});
