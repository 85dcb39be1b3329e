/** REST behind JSON Web Tokens. */
import 'reflect-metadata';
import { createHmac } from 'node:crypto';
import { freePort } from '@wscm/system';
import { http, problemOf, siteForAllTests, type TestRegistry } from '../testing/site';

const SECRET = 'a-secret-of-thirty-two-characters';
const API_KEY = 'read-key-0123456789';

const site = siteForAllTests({ COMMAND_TIMEOUT_MS: '400', LEASE_TTL_MS: '600000' });
let registry: TestRegistry;

beforeAll(async () => {
  registry = await site.startRegistry({
    ...{ REGISTRY_JWT_KEY: SECRET, REGISTRY_JWT_AUDIENCE: 'wscm', REGISTRY_JWT_ISSUER: 'https://id.example' },
    REGISTRY_API_KEYS: `ops:read:${API_KEY}`,
  });
});

const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

function token(claims: object, header: object = { alg: 'HS256' }, secret = SECRET): string {
  const told = {
    iss: 'https://id.example',
    aud: 'wscm',
    sub: 'ann',
    exp: Math.floor(Date.now() / 1000) + 60,
    ...claims,
  };
  const signed = `${base64url(header)}.${base64url(told)}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

const list = (bearer: string, url = registry.url) =>
  http(`${url}/v1/clients`, { headers: { authorization: `Bearer ${bearer}` } });
const broadcast = (bearer: string) =>
  http(`${registry.url}/v1/broadcast`, {
    ...{ method: 'POST', body: 'x' },
    headers: { authorization: `Bearer ${bearer}`, 'content-type': 'text/plain' },
  });

it.each([
  [{ scope: 'read' }, 200, 403],
  [{ scope: 'openid read send' }, 200, 200],
  [{ scp: ['send'] }, 403, 200],
  [{ scp: 'admin' }, 200, 200],
  [{ scope: 'write' }, 403, 403],
  [{ scope: 'read,send' }, 403, 403],
  [{ scope: 'ADMIN' }, 403, 403],
  [{ scope: '' }, 403, 403],
  [{ scope: { read: true } }, 403, 403],
  [{}, 403, 403],
])('%j may do what it says, and nothing else', async (claims, mayList, maySend) => {
  expect(await list(token(claims))).toMatchObject({ status: mayList });
  expect(await broadcast(token(claims))).toMatchObject({ status: maySend });
});

it.each([
  ['another secret', token({ scope: 'admin' }, { alg: 'HS256' }, `${SECRET}!`)],
  ['no signature', token({ scope: 'admin' }, { alg: 'none' }).replace(/[^.]*$/, '')],
  ['the algorithm none', token({ scope: 'admin' }, { alg: 'none' })],
  ['an end that is over', token({ scope: 'admin', exp: 1 })],
  ['another audience', token({ scope: 'admin', aud: 'shop' })],
  ['another issuer', token({ scope: 'admin', iss: 'https://evil.example' })],
  ['changed claims', token({ scope: 'read' }).replace(/\.[^.]*\./, `.${base64url({ scope: 'admin' })}.`)],
  ['nothing in it', '..'],
])('a token with %s is refused', async (_, bearer) => {
  expect(await list(bearer)).toEqual(problemOf(401));
});

it('an API key works beside tokens', async () => {
  expect(await list(API_KEY)).toMatchObject({ status: 200 });
  expect(await list(`${API_KEY}x`)).toEqual(problemOf(401));
});

it('while the keys of tokens can’t be read, nobody is told that a token is bad', async () => {
  const { url } = await site.startRegistry({ REGISTRY_JWKS_URL: `http://127.0.0.1:${await freePort()}/jwks` });
  expect(await list(token({ scope: 'read' }, { alg: 'RS256', kid: 'x' }), url)).toEqual(problemOf(503));
});
