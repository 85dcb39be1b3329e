/** The console's files over HTTP: these, and no others. */
import { mkdir, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Scratch, scratchFolder } from '@wscm/testing';
import fastify, { type FastifyInstance } from 'fastify';
import { readAccess } from '../access/access-settings';
import { guardRoutes } from '../access/gatekeeper';
import { serveConsole } from './console';
import { addSecurityHeaders } from './security-headers';

const SECRET = 'nobody may read this';

let scratch: Scratch;
const servers: FastifyInstance[] = [];

beforeAll(async () => {
  scratch = await scratchFolder();
  const site = join(scratch.path, 'site');
  await mkdir(join(site, 'assets/.git'), { recursive: true });
  await writeFile(join(site, 'index.html'), '<!doctype html><script src="./assets/index-1.js"></script>');
  await writeFile(join(site, 'favicon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  await writeFile(join(site, 'assets/index-1.js'), 'hello();');
  await writeFile(join(site, 'assets/index-1.js.gz'), gzipSync('hello();'));
  for (const path of ['secret', 'site/.sources', 'site/other.html', 'site/assets/.git/config'])
    await writeFile(join(scratch.path, path), SECRET);
});

afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()));
  await scratch.remove();
});

const GATEWAY_URL = 'wss://ws.example.com';

type Get = (path: string, headers?: Record<string, string>) => Promise<{ response: IncomingMessage; body: string }>;

/** With API keys, as where others can reach it. */
async function serve(folder: string): Promise<Get> {
  const server = fastify();
  servers.push(server);
  addSecurityHeaders(server, { tls: false });
  guardRoutes(server, readAccess({ HOST: '0.0.0.0', REGISTRY_API_KEYS: 'ops:read:0123456789abcdef' }));
  await serveConsole(server, { gatewayUrl: GATEWAY_URL }, join(scratch.path, folder));
  await server.listen({ port: 0, host: '127.0.0.1' });
  const { port } = server.server.address() as AddressInfo;
  // By Node's own client: fetch would tidy the path.
  return async (path, headers = {}) => {
    const [response] = (await once(request({ port, path, headers, agent: false }).end(), 'response')) as [
      IncomingMessage,
    ];
    return { response, body: (await response.setEncoding('utf8').toArray()).join('') };
  };
}

it('the page is asked for anew each time, its files are kept', async () => {
  const get = await serve('site');
  const page = await get('/');
  expect(page.body).toContain('<script');
  expect(page.response).toMatchObject({
    statusCode: 200,
    headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache' },
  });
  const script = await get('/assets/index-1.js');
  expect(script.body).toBe('hello();');
  expect(script.response).toMatchObject({
    statusCode: 200,
    headers: {
      'content-type': expect.stringMatching(/javascript/) as string,
      'cache-control': 'public, max-age=31536000, immutable',
    },
  });
  expect((await get('/favicon.svg')).response).toMatchObject({ statusCode: 200 });
});

it('its files come compressed to who takes that', async () => {
  const get = await serve('site');
  const { response } = await get('/assets/index-1.js', { 'accept-encoding': 'gzip, deflate' });
  expect(response.headers).toMatchObject({
    'content-encoding': 'gzip',
    'content-type': expect.stringMatching(/javascript/) as string,
    'cache-control': 'public, max-age=31536000, immutable',
    vary: 'accept-encoding',
  });
  expect((await get('/assets/index-1.js')).response.headers['content-encoding']).toBeUndefined();
});

it('the page is told where clients connect', async () => {
  const get = await serve('site');
  const { response, body } = await get('/console-settings.json');
  expect(response).toMatchObject({ statusCode: 200, headers: { 'cache-control': 'no-store' } });
  expect(JSON.parse(body)).toEqual({ gatewayUrl: GATEWAY_URL });
});

it('scripts come from here only, and sockets may go anywhere', async () => {
  const get = await serve('site');
  const policy = String((await get('/')).response.headers['content-security-policy']);
  expect(policy).toBe(
    "default-src 'none';script-src 'self';style-src 'self' 'unsafe-inline';img-src 'self' data:;font-src 'self';" +
      "connect-src 'self' ws: wss:;manifest-src 'self';base-uri 'none';form-action 'none';frame-ancestors 'none'",
  );
});

it.each([
  ...['/secret', '/../secret', '/assets/../../secret', '/assets/../.sources', '/assets/..%2f..%2fsecret'],
  ...['/assets/%2e%2e/%2e%2e/secret', '/assets/..%5c..%5csecret', '/assets/%2e%2e%2f.sources', '/assets/.git/config'],
  ...[
    '/.sources',
    '/other.html',
    '/assets/../other.html',
    '/assets/',
    '/assets',
    '/assets//../../secret',
    '/assets/%00',
    '//secret',
  ],
])('%s is not given away', async (path) => {
  const get = await serve('site');
  const { response, body } = await get(path);
  expect(body).not.toContain(SECRET);
  expect([400, 403, 404]).toContain(response.statusCode);
});

it('where it is not built, the page says how to build it', async () => {
  const get = await serve('missing');
  const { response, body } = await get('/');
  expect(response).toMatchObject({ statusCode: 404, headers: { 'content-type': 'text/plain; charset=utf-8' } });
  expect(body).toContain('npm run build');
  expect((await get('/assets/index-1.js')).response).toMatchObject({ statusCode: 404 });
});
