/** Pages of other origins in an operator's browser, and what browsers are told. */
import 'reflect-metadata';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { siteForAllTests, type TestRegistry } from '../testing/site';

const CONSOLE = 'https://console.example.org';
const KEY = 'admin-key-0123456789';

const site = siteForAllTests({ COMMAND_TIMEOUT_MS: '400', LEASE_TTL_MS: '600000' });
let open: TestRegistry;
let chosen: TestRegistry;
let keyed: TestRegistry;

beforeAll(async () => {
  open = await site.startRegistry();
  chosen = await site.startRegistry({ REGISTRY_AUTH: 'none', CORS_ORIGINS: CONSOLE });
  keyed = await site.startRegistry({ REGISTRY_API_KEYS: `ops:admin:${KEY}`, CORS_ORIGINS: CONSOLE });
});

/** By Node's own client: `fetch` sends no `Host` and no `Origin` of one's choice. */
async function ask(registry: TestRegistry, method: string, path: string, headers: Record<string, string> = {}) {
  const type = { 'content-type': 'text/plain' };
  const asking = request(registry.url + path, { method, headers: { ...type, ...headers }, agent: false }).end('');
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  const body = (await response.setEncoding('utf8').toArray()).join('');
  return { status: response.statusCode, headers: response.headers, body };
}

const broadcast = async (registry: TestRegistry, headers: Record<string, string>) =>
  (await ask(registry, 'POST', '/v1/broadcast', headers)).status;

describe('where nobody is asked for a key', () => {
  it.each([
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'https://evil.example' },
    { origin: 'http://127.0.0.1:1' },
    { origin: 'null' },
    { origin: '' },
  ])('a page of another origin may not send: %j', async (headers) => {
    for (const registry of [open, chosen])
      expect(await broadcast(registry, headers as Record<string, string>)).toBe(403);
    expect((await ask(open, 'DELETE', '/v1/clients/a.b', headers as Record<string, string>)).status).toBe(403);
  });

  it('its own pages and other programs may', async () => {
    const { origin, host } = new URL(open.url);
    for (const headers of [{}, { origin }, { 'sec-fetch-site': 'same-origin' }, { 'sec-fetch-site': 'none' }, { host }])
      expect(await broadcast(open, headers as Record<string, string>)).toBe(200);
  });

  it('and so may origins that are named', async () => {
    expect(await broadcast(chosen, { origin: CONSOLE, 'sec-fetch-site': 'cross-site' })).toBe(200);
    expect(await broadcast(open, { origin: CONSOLE, 'sec-fetch-site': 'cross-site' })).toBe(403);
  });

  it('a name that is not this machine’s is not answered, unless somebody said that everybody may come in', async () => {
    const { port } = new URL(open.url);
    for (const host of ['evil.example', `evil.example:${port}`, '127.0.0.1.evil.example', '10.0.0.1', '@']) {
      expect((await ask(open, 'GET', '/healthz', { host })).status).toBe(200);
      // However often it is asked by the same one.
      for (let time = 1; time <= 2; time++) expect((await ask(open, 'GET', '/v1/clients', { host })).status).toBe(403);
    }
    for (const host of [`localhost:${port}`, 'localhost', '127.0.0.2', '[::1]:80'])
      expect((await ask(open, 'GET', '/v1/clients', { host })).status).toBe(200);
    expect((await ask(chosen, 'GET', '/v1/clients', { host: 'registry.example' })).status).toBe(200);
  });
});

describe('CORS', () => {
  const preflight = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' };

  it('is closed unless origins are named', async () => {
    const answers = [
      await ask(open, 'OPTIONS', '/v1/broadcast', { origin: CONSOLE, ...preflight }),
      await ask(open, 'GET', '/v1/clients', { origin: CONSOLE }),
      await ask(keyed, 'GET', '/v1/clients', { origin: 'https://evil.example' }),
      await ask(keyed, 'OPTIONS', '/v1/broadcast', { origin: 'https://evil.example', ...preflight }),
    ];
    for (const { headers } of answers) expect(headers['access-control-allow-origin']).toBeUndefined();
  });

  it('lets a named origin ask with its key, and without one be told so', async () => {
    const { status, headers } = await ask(keyed, 'OPTIONS', '/v1/broadcast', { origin: CONSOLE, ...preflight });
    expect(status).toBe(204);
    expect(headers).toMatchObject({
      'access-control-allow-origin': CONSOLE,
      'access-control-allow-headers': expect.stringContaining('authorization') as string,
    });
    expect(headers['access-control-allow-credentials']).toBeUndefined();
    const allowed = { 'access-control-allow-origin': CONSOLE };
    const withKey = { origin: CONSOLE, authorization: `Bearer ${KEY}` };
    expect(await ask(keyed, 'GET', '/v1/clients', withKey)).toMatchObject({ status: 200, headers: allowed });
    expect(await ask(keyed, 'GET', '/v1/clients', { origin: CONSOLE })).toMatchObject({
      status: 401,
      headers: allowed,
    });
  });
});

describe('browsers are told to be careful', () => {
  const policyOf = async (path: string, method = 'GET') => {
    const { headers, body } = await ask(open, method, path);
    return { headers, body, policy: String(headers['content-security-policy']) };
  };

  it('with every answer, whatever it is', async () => {
    for (const [method, path] of [
      ...['/v1/clients', '/v1/clients/a.b', '/nothing', '/docs', '/openapi.json'].map((path) => ['GET', path]),
      ...['/v1/clients?x', '/v1/clients?%', '/healthz', '/metrics'].map((path) => ['GET', path]),
      ...['/v1/clients/a.b/messages', '/v1/messages', '/v1/broadcast', '/nothing'].map((path) => ['POST', path]),
    ] as [string, string][]) {
      const { headers, policy } = await policyOf(path, method);
      expect(headers).toMatchObject({
        ...{ 'x-content-type-options': 'nosniff', 'x-frame-options': 'SAMEORIGIN', 'referrer-policy': 'no-referrer' },
        ...{ 'cross-origin-resource-policy': 'same-origin', 'cross-origin-opener-policy': 'same-origin' },
        ...{ 'origin-agent-cluster': '?1', 'x-dns-prefetch-control': 'off', 'x-download-options': 'noopen' },
        ...{ 'x-permitted-cross-domain-policies': 'none', 'x-xss-protection': '0', 'cache-control': 'no-store' },
      });
      expect(policy.replace(/style-src [^;]*;/, '')).toBe(
        "default-src 'none';script-src 'self';img-src 'self' data:;font-src 'self';connect-src 'self';" +
          "manifest-src 'self';base-uri 'none';form-action 'none';frame-ancestors 'none'",
      );
      expect(policy).toMatch(/style-src 'self' 'unsafe-hashes'( 'sha256-[^']{44}')+;/);
    }
    const { status, headers } = await ask(keyed, 'GET', '/v1/clients');
    expect({ status, ...headers }).toMatchObject({ status: 401, 'x-content-type-options': 'nosniff' });
  });

  it('and answers about people are kept nowhere', async () => {
    expect((await policyOf('/v1/clients')).headers['cache-control']).toBe('no-store');
  });

  it('the page works under its policy: every script is a file of here, every style has its hash', async () => {
    const { body, policy } = await policyOf('/docs');
    const scripts = [...body.matchAll(/<script([^>]*)>([^<]*)/g)].map(([, attributes, text]) => [
      attributes,
      text?.trim(),
    ]);
    expect(scripts.length).toBeGreaterThan(0);
    for (const [attributes, text] of scripts) {
      expect(attributes).toMatch(/^ src="\.\/docs\/[\w.-]+"$/);
      expect(text).toBe('');
    }
    expect(body).not.toMatch(/\son\w+=/i);
    const styles = [...body.matchAll(/<style>([^<]*)<\/style>|style="([^"]*)"/g)].map(
      ([, text, value]) => text ?? value,
    );
    expect(styles).toHaveLength(3);
    for (const style of styles)
      expect(policy).toContain(`'sha256-${createHash('sha256').update(style!).digest('base64')}'`);
  });
});
