/** REST behind API keys, as anyone sees it. */
import 'reflect-metadata';
import { once } from 'node:events';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { http, type HttpAnswer, problemOf, siteForAllTests, type TestRegistry } from '../testing/site';

const KEYS = {
  read: 'read-key-0123456789',
  send: 'send-key-0123456789',
  admin: 'admin-key-0123456789',
} as const;

const site = siteForAllTests({ COMMAND_TIMEOUT_MS: '400', LEASE_TTL_MS: '600000' });
let registry: TestRegistry;
let replyId: string;

beforeAll(async () => {
  const keys = Object.entries(KEYS).map(([scope, key]) => `${scope}-er:${scope}:${key}`);
  registry = await site.startRegistry({ REGISTRY_API_KEYS: keys.join(','), METRICS_AUTH: 'key' });
  const done = { send: { result: 'delivered' }, disconnect: { result: 'disconnected' } };
  replyId = `${(await site.addGateway({ ...done, broadcast: { delivered: 1, dropped: 0 } })).gatewayId}.socket`;
});

/** Every request there is, with the scope that it needs. */
const REQUESTS = [
  ['GET', '/v1/clients', 'read'],
  ['GET', '/v1/clients/count', 'read'],
  ['GET', '/v1/clients/:replyId', 'read'],
  ['POST', '/v1/clients/:replyId/messages', 'send'],
  ['DELETE', '/v1/clients/:replyId', 'admin'],
  ['POST', '/v1/broadcast', 'send'],
  ['POST', '/v1/messages', 'send'],
  ['GET', '/v1/gateways', 'read'],
  ['GET', '/v1/registries', 'read'],
  ['GET', '/v1/events', 'read'],
  ['GET', '/metrics', 'read'],
  ['GET', '/openapi.json', 'read'],
  ['GET', '/docs', 'read'],
  ['GET', '/docs/', 'read'],
  ['GET', '/docs/index.html', 'read'],
  ['GET', '/docs/swagger-ui-init.js', 'read'],
  ['GET', '/docs/docs/swagger-ui-init.js', 'read'],
  ['GET', '/docs/swagger-ui-bundle.js', 'read'],
] as const;

async function ask(method: string, path: string, headers: Record<string, string> = {}): Promise<HttpAnswer> {
  const many = path === '/v1/messages' ? JSON.stringify({ messages: [{ to: [replyId], message: 'x' }] }) : null;
  const body = method === 'POST' ? { body: many ?? 'x' } : {};
  const type = method === 'POST' ? { 'content-type': many ? 'application/json' : 'text/plain' } : {};
  return http(registry.url + path.replace(':replyId', replyId), { method, ...body, headers: { ...type, ...headers } });
}

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

describe.each(REQUESTS)('%s %s', (method, path, scope) => {
  it('is refused without a key, and with one that is not known', async () => {
    expect(await ask(method, path)).toEqual(problemOf(401, { title: 'Unauthorized' }));
    expect(await ask(method, path, bearer('x'.repeat(16)))).toEqual(problemOf(401));
    expect(await ask(method, path, { 'x-api-key': KEYS.admin + 'x' })).toEqual(problemOf(401));
  });

  it(`is allowed with ${scope}, and with admin, and by neither of the others`, async () => {
    for (const [granted, key] of Object.entries(KEYS)) {
      const answers = [await ask(method, path, bearer(key)), await ask(method, path, { 'x-api-key': key })];
      const fine = granted === scope || granted === 'admin';
      for (const { status, body } of answers)
        if (fine) expect([200, 204, 404]).toContain(status);
        else expect(body).toMatchObject({ status: 403, detail: `the scope ${scope} is needed` });
    }
  });

  if (method === 'GET')
    it('HEAD likewise', async () => {
      const { status } = await fetch(registry.url + path, { method: 'HEAD' });
      expect(status).toBe(401);
    });
});

it('health is open, and what is not there is not there', async () => {
  for (const path of ['/healthz', '/readyz']) expect(await ask('GET', path)).toMatchObject({ status: 200 });
  expect(await ask('GET', '/v1/nothing')).toEqual(problemOf(404));
});

it('how to say who one is, is told', async () => {
  const challengeOf = async (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    (await fetch(registry.url + path, { method, headers })).headers.get('www-authenticate');
  expect(await challengeOf('/v1/clients')).toBe('Bearer realm="wscm"');
  expect(await challengeOf(`/v1/clients/${replyId}`, bearer(KEYS.read), 'DELETE')).toBe(
    'Bearer realm="wscm", error="insufficient_scope", scope="admin"',
  );
  expect(await challengeOf('/docs')).toContain('Basic ');
});

it('a browser may give the key as a password for the page, and for nothing else', async () => {
  const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });
  expect(await ask('GET', '/docs', basic(`anyone:${KEYS.read}`))).toMatchObject({ status: 200 });
  expect(await ask('GET', '/docs', basic(`anyone:${KEYS.read}x`))).toMatchObject({ status: 401 });
  expect(await ask('GET', '/docs', basic(KEYS.send))).toMatchObject({ status: 403 });
  expect(await ask('GET', '/v1/clients', basic(`anyone:${KEYS.read}`))).toMatchObject({ status: 401 });
});

it.each([
  { authorization: '' },
  { authorization: 'Bearer' },
  { authorization: KEYS.read },
  { authorization: `Bearer ${KEYS.read} x` },
  { authorization: `Basic ${KEYS.read}` },
  { 'x-api-key': '' },
  { 'x-api-key': '__proto__' },
  { 'x-api-key': `${KEYS.read}, ${KEYS.send}` },
  // A page of another site can make a browser send these.
  { cookie: KEYS.read },
  { cookie: `x-api-key=${KEYS.read}; authorization=Bearer ${KEYS.read}` },
])('%j is no key', async (headers) => {
  expect(await ask('GET', '/v1/clients', headers as unknown as Record<string, string>)).toEqual(problemOf(401));
});

it('nor is one in the URL, which logs and browsers keep', async () => {
  for (const name of ['x-api-key', 'api_key', 'key', 'access_token', 'token', 'authorization'])
    expect(await ask('GET', `/v1/clients?${name}=${KEYS.admin}`)).toEqual(problemOf(401));
});

it('the metrics are open where that is said', async () => {
  const { url } = await site.startRegistry({ REGISTRY_API_KEYS: `ops:read:${KEYS.read}`, METRICS_AUTH: 'open' });
  expect((await http(`${url}/metrics`)).status).toBe(200);
  expect((await http(`${url}/v1/clients`)).status).toBe(401);
});

it('who may not send is refused before a body is read', async () => {
  const headers = { 'content-type': 'text/plain', 'content-length': '9' };
  const request = httpRequest(`${registry.url}/v1/broadcast`, { method: 'POST', headers });
  request.flushHeaders();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  expect(response.statusCode).toBe(401);
  request.on('error', () => undefined).destroy();
});

it('the description names the scope of every request', async () => {
  interface Described {
    paths: Record<string, Record<string, { security: unknown; responses: object }>>;
    components: { securitySchemes: object };
  }
  const { paths, components } = (await ask('GET', '/openapi.json', bearer(KEYS.read))).body as Described;
  expect(components.securitySchemes).toEqual({
    bearer: { type: 'http', scheme: 'bearer' },
    apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
  });
  const told = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { security, responses }]) => {
      expect(Object.keys(responses)).toEqual(expect.arrayContaining(['401', '403']));
      return { method: method.toUpperCase(), path: path.replace(/{(\w+)}/, ':$1'), security };
    }),
  );
  const wanted = REQUESTS.filter(([, path]) => path.startsWith('/v1')).map(([method, path, scope]) => ({
    ...{ method, path, security: [{ bearer: [scope] }, { apiKey: [scope] }] },
  }));
  expect(told).toEqual(expect.arrayContaining(wanted));
  expect(told).toHaveLength(wanted.length);
});
