/** Who is let in, and what others are told. */
import { createHmac } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually, scratchFolder, type Scratch } from '@wscm/testing';
import { hashSync } from 'bcryptjs';
import WebSocket, { type ClientOptions } from 'ws';
import { jsonOf, metricOf, siteForEachTest, type TestGateway } from '../testing/site';
import { Deadlines } from './deadlines';

const site = siteForEachTest();

const SECRET = 'a secret of at least 32 bytes, as HS256 wants it';
const JWT = { GATEWAY_AUTH: 'jwt', GATEWAY_JWT_KEY: SECRET };
const LATER = Math.floor(Date.now() / 1000) + 3_600;

const encoded = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');

function tokenOf(claims: object, secret = SECRET): string {
  const signed = [encoded({ alg: 'HS256' }), encoded(claims)];
  return [...signed, createHmac('sha256', secret).update(signed.join('.')).digest('base64url')].join('.');
}

const ANN = tokenOf({ sub: 'ann', exp: LATER });
const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
const basic = (text: string) => ({ headers: { authorization: `Basic ${Buffer.from(text).toString('base64')}` } });

/** The user that a client is told to be, in its event. */
async function userOf(gateway: TestGateway, path: string, options: ClientOptions & { protocols?: string[] } = {}) {
  const client = await site.connect(gateway, path, options);
  return jsonOf(await site.untilEvent('connected', client.replyId))['user'];
}

interface Refused {
  status: number;
  challenge: string | undefined;
  text: string;
}

function refusal(gateway: TestGateway, path = '/', options: ClientOptions = {}): Promise<Refused> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${gateway.url}${path}`, options);
    socket.on('open', () => reject(new Error('it was let in')));
    socket.on('error', reject);
    socket.on('unexpected-response', (_, response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (data: string) => (text += data));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, challenge: response.headers['www-authenticate'], text }),
      );
    });
  });
}

const refusals = (gateway: TestGateway, reason: string) =>
  metricOf(gateway, `wscm_gateway_refusals_total{reason="${reason}"}`);

describe('with jwt', () => {
  test('a token is taken from the header, the query and the subprotocols', async () => {
    const gateway = await site.startGateway(JWT);
    await expect(userOf(gateway, '/', bearer(ANN))).resolves.toBe('ann');
    await expect(userOf(gateway, `/?a=1&access_token=${ANN}`)).resolves.toBe('ann');
    for (const [protocols, chosen] of [
      [['wscm', `wscm.jwt.${ANN}`], 'wscm'],
      [['bearer', ANN], 'bearer'],
    ] as const) {
      const client = await site.connect(gateway, '/', { protocols: [...protocols] });
      expect(client.socket.protocol).toBe(chosen);
      expect(jsonOf(await site.untilEvent('connected', client.replyId))).toMatchObject({ user: 'ann' });
    }
  });

  test('others are refused alike, and counted by reason', async () => {
    const gateway = await site.startGateway({ ...JWT, GATEWAY_JWT_AUDIENCE: 'wscm', GATEWAY_JWT_ISSUER: 'us' });
    const told: Refused = { status: 401, challenge: 'Bearer realm="wscm"', text: 'not authorized\n' };
    for (const options of [
      {},
      bearer('x.y.z'),
      bearer(tokenOf({ sub: 'ann', iss: 'us', aud: 'wscm' }, 'another secret of at least 32 bytes')),
      bearer(tokenOf({ sub: 'ann', iss: 'us', aud: 'else' })),
      bearer(tokenOf({ sub: 'ann', iss: 'them', aud: 'wscm' })),
      bearer(tokenOf({ sub: 'ann', iss: 'us', aud: 'wscm', exp: 1 })),
      bearer(tokenOf({ sub: { $ne: null }, iss: 'us', aud: 'wscm' })),
      bearer(tokenOf({ sub: '', iss: 'us', aud: 'wscm' })),
      bearer(tokenOf({ sub: 'a'.repeat(257), iss: 'us', aud: 'wscm' })),
      basic('ann:secret'),
    ])
      await expect(refusal(gateway, '/', options)).resolves.toEqual(told);
    await expect(refusals(gateway, 'token')).resolves.toBe(7);
    await expect(refusals(gateway, 'token-expired')).resolves.toBe(1);
    await expect(refusals(gateway, 'no-credentials')).resolves.toBe(2);
    await expect(site.events()).resolves.toEqual([]);
  });

  test('who is refused does not keep its connection', async () => {
    const client = await site.connectRaw(await site.startGateway(JWT));
    client.ask();
    await client.untilText('HTTP/1.1 401 ');
    await client.untilClosed(5_000);
  });

  test('who can’t be checked, since the keys can’t be had, is told to come again, and not that the token is bad', async () => {
    const gateway = await site.startGateway({ GATEWAY_AUTH: 'jwt', GATEWAY_JWKS_URL: 'http://127.0.0.1:1/' });
    const token = `${encoded({ alg: 'EdDSA' })}.${encoded({ sub: 'ann' })}.c2lnbmF0dXJl`;
    await expect(refusal(gateway, '/', bearer(token))).resolves.toMatchObject({ status: 503 });
    await expect(refusals(gateway, 'keys-unavailable')).resolves.toBe(1);
  });

  test.each(['close', 'keep-alive', 'x-upgrade, upgrades'])(
    'a handshake with "connection: %s" is refused with the reason, as it would not stay open',
    async (connection) => {
      const gateway = await site.startGateway(JWT);
      const client = await site.connectRaw(gateway);
      const lines = [`connection: ${connection}`, 'upgrade: websocket', `authorization: Bearer ${ANN}`];
      const key = 'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==';
      client.socket.write(['GET / HTTP/1.1', 'host: x', ...lines, key, '', ''].join('\r\n'));
      await client.untilText('no "connection: upgrade" has come with it');
      expect(client.text).toMatch(/^HTTP\/1\.1 400 /);
      await expect(refusals(gateway, 'no-upgrade')).resolves.toBe(1);
    },
  );

  test('odd requests get nobody in, and what is good besides gets in by one token only', async () => {
    const gateway = await site.startGateway({ ...JWT, GATEWAY_AUTH: 'jwt' });
    const lines = ['host: x', 'connection: Upgrade', 'upgrade: websocket', 'sec-websocket-version: 13'];
    const head = [...lines, 'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ=='];
    const requests = [
      ...['HEAD', 'OPTIONS', 'POST', 'CONNECT', 'TRACE', 'get'].map((method) => [`${method} / HTTP/1.1`, ...head]),
      ...['//', '/%2e/', '/healthz', '/metrics', '/?user=ann', '/?access_token='].map((target) => [
        `GET ${target} HTTP/1.1`,
        ...head,
      ]),
      ...['x-forwarded-user: ann', `cookie: access_token=${ANN}`, `proxy-authorization: Bearer ${ANN}`].map(
        (header) => [...['GET / HTTP/1.1', ...head, header]],
      ),
      ['GET / HTTP/1.1', ...head, `authorization: Bearer ${ANN}`, 'authorization: Bearer x.y.z'],
      ['GET / HTTP/1.1', ...head, 'authorization: Bearer x.y.z', '', `GET / HTTP/1.1`, ...head],
    ];
    for (const request of requests) {
      const client = await site.connectRaw(gateway);
      client.socket.write([...request, '', ''].join('\r\n'));
      await client.untilText('HTTP/1.1 ');
      client.socket.end();
      await client.untilClosed();
      expect([request[0], client.text]).toEqual([request[0], expect.not.stringContaining(' 101 ')]);
    }
    await expect(site.events()).resolves.toEqual([]);
  });

  test('the user is what the claim of the settings says', async () => {
    const gateway = await site.startGateway({ ...JWT, GATEWAY_JWT_USER_CLAIM: 'email' });
    await expect(userOf(gateway, '/', bearer(tokenOf({ email: 'a@b' })))).resolves.toBe('a@b');
    await expect(userOf(gateway, '/', bearer(tokenOf({ email: 17 })))).resolves.toBe('17');
    await expect(userOf(gateway, '/', bearer(ANN))).resolves.toBeNull();
  });

  test('claims of the settings are told with the client, and no others', async () => {
    const gateway = await site.startGateway({ ...JWT, GATEWAY_JWT_CLAIMS: 'tenant, roles, $where, none, toString' });
    const claims = { tenant: 'acme', roles: ['a', 1, true, null], $where: '1' };
    const client = await site.connect(gateway, '/', bearer(tokenOf({ sub: 'ann', secret: 's', ...claims })));
    const told = jsonOf(await site.untilEvent('connected', client.replyId));
    expect(told['user']).toBe('ann');
    expect(told['claims']).toEqual(claims);
  });

  test.each([{ tenant: { id: 1 } }, { tenant: [[1]] }, { tenant: 'a'.repeat(2_100) }, { tenant: 'é'.repeat(1_050) }])(
    'a token whose claim can’t be told lets nobody in (%#)',
    async (claims) => {
      const gateway = await site.startGateway({ ...JWT, GATEWAY_JWT_CLAIMS: 'tenant' });
      await expect(refusal(gateway, '/', bearer(tokenOf(claims)))).resolves.toMatchObject({ status: 401 });
    },
  );

  test('a connection ends when its token does, and others stay', async () => {
    const gateway = await site.startGateway(JWT);
    const exp = Math.ceil(Date.now() / 1000) + 3;
    const [ends, stays] = [
      await site.connect(gateway, '/', bearer(tokenOf({ exp }))),
      await site.connect(gateway, '/', bearer(tokenOf({ exp: 4_000_000_000 }))),
    ];
    const closed = await ends.untilClosed();
    expect(Date.now()).toBeGreaterThanOrEqual(exp * 1000);
    expect(Date.now()).toBeLessThan(exp * 1000 + 5_000);
    expect(closed).toEqual({ code: 4401, reason: 'token expired' });
    expect(jsonOf(await site.untilEvent('disconnected', ends.replyId))).toEqual(closed);
    expect(stays.closed).toBeUndefined();
    await expect(metricOf(gateway, 'wscm_gateway_disconnects_total{code="4401"}')).resolves.toBe(1);
  });

  test('clients that leave take with them what was due', async () => {
    const add = jest.spyOn(Deadlines.prototype, 'add');
    const gateway = await site.startGateway({ ...JWT, FIRST_MESSAGE_TIMEOUT_S: '3600' });
    for (const client of [await site.connect(gateway, '/', bearer(ANN)), await site.connect(gateway, '/', bearer(ANN))])
      client.cut();
    const sizes = () => (add.mock.contexts as Deadlines<unknown>[]).map(({ size }) => size);
    await eventually(() => expect(sizes()).toEqual([0, 0, 0, 0]));
    add.mockRestore();
  });

  test('500 clients at once are all greeted first, while broadcasts are under way', async () => {
    const gateway = await site.startGateway(JWT);
    const enough = new AbortController();
    const broadcasts = (async () => {
      while (!enough.signal.aborted) await site.broadcast('news');
    })();
    const clients = await Promise.all(Array.from({ length: 500 }, () => site.connect(gateway, '/', bearer(ANN))));
    enough.abort();
    await broadcasts;
    await site.broadcast('last');
    const seen = () => clients.map(({ texts, closed }) => ({ last: texts.at(-1), closed }));
    await eventually(() => expect(seen()).toEqual(clients.map(() => ({ last: 'last', closed: undefined }))));
    await expect(metricOf(gateway, 'wscm_gateway_connections')).resolves.toBe(500);
  });

  test('clients that leave while they are checked leave nothing behind', async () => {
    const gateway = await site.startGateway(JWT);
    for (let count = 0; count < 100; count++) {
      const client = await site.connectRaw(gateway);
      client.ask('/', [`authorization: Bearer ${ANN}`]);
      client.cut();
    }
    await site.connect(gateway, '/', bearer(ANN));
    await eventually(async () => expect(await metricOf(gateway, 'wscm_gateway_connections')).toBe(1));
  });
});

test('of many that are checked at the same time no more get in than may', async () => {
  const gateway = await site.startGateway({ ...JWT, MAX_CONNECTIONS: '5' });
  const clients = await Promise.all(Array.from({ length: 40 }, () => site.connectRaw(gateway)));
  for (const client of clients) client.ask('/', [`authorization: Bearer ${ANN}`]);
  const statuses = await Promise.all(clients.map(async (client) => (await client.untilText('\r\n\r\n')).slice(9, 12)));
  expect(statuses.filter((status) => status === '101')).toHaveLength(5);
  expect(statuses.filter((status) => status === '503')).toHaveLength(35);
});

describe('with basic', () => {
  let scratch: Scratch;
  let file: string;
  beforeEach(async () => {
    scratch = await scratchFolder();
    file = join(scratch.path, 'users');
    await writeFile(file, `ann:${hashSync('secret', 4)}\nbob:${hashSync('other', 4)}\n`);
  });
  afterEach(() => scratch.remove());
  const settings = () => ({ GATEWAY_AUTH: 'basic', GATEWAY_BASIC_FILE: file });

  test('users with their passwords are let in, also from the URL', async () => {
    const gateway = await site.startGateway(settings());
    await expect(userOf(gateway, '/', basic('ann:secret'))).resolves.toBe('ann');
    const byUrl = { ...gateway, url: gateway.url.replace('//', '//bob:other@') };
    await expect(userOf(byUrl, '/')).resolves.toBe('bob');
    const told: Refused = {
      status: 401,
      challenge: 'Basic realm="wscm", charset="UTF-8"',
      text: 'not authorized\n',
    };
    for (const options of [{}, basic('ann:other'), basic('eve:secret'), bearer(ANN)])
      await expect(refusal(gateway, '/', options)).resolves.toEqual(told);
    await expect(refusals(gateway, 'password')).resolves.toBe(2);
  });

  test('where too many passwords wait, who was not compared is not let in', async () => {
    await writeFile(file, `ann:${hashSync('secret', 8)}\n`);
    const gateway = await site.startGateway(settings());
    const clients = await Promise.all(Array.from({ length: 150 }, () => site.connectRaw(gateway)));
    for (const [index, client] of clients.entries())
      client.ask('/', [`authorization: ${basic(`ann:x${index}`).headers.authorization}`]);
    const statuses = await Promise.all(
      clients.map(async (client) => (await client.untilText('\r\n\r\n')).slice(9, 12)),
    );
    expect(new Set(statuses)).toEqual(new Set(['401', '503']));
    await expect(refusals(gateway, 'busy')).resolves.toBeGreaterThan(0);
  });

  test('a token does as well, where both are allowed', async () => {
    const gateway = await site.startGateway({ ...settings(), ...JWT, GATEWAY_AUTH: 'basic, jwt' });
    await expect(userOf(gateway, '/', bearer(ANN))).resolves.toBe('ann');
    await expect(userOf(gateway, `/?access_token=${ANN}`, basic('eve:wrong'))).resolves.toBe('ann');
    await expect(userOf(gateway, '/', basic('bob:other'))).resolves.toBe('bob');
    await expect(refusal(gateway, '/')).resolves.toMatchObject({
      challenge: 'Basic realm="wscm", charset="UTF-8", Bearer realm="wscm"',
    });
  });
});

test('with none beside others everybody is let in, and who proves it has a name', async () => {
  const gateway = await site.startGateway({ ...JWT, GATEWAY_AUTH: 'none,jwt' });
  await expect(userOf(gateway, '/')).resolves.toBeNull();
  await expect(userOf(gateway, '/', bearer(ANN))).resolves.toBe('ann');
  await expect(userOf(gateway, '/', bearer('x.y.z'))).resolves.toBeNull();
});

describe('browsers', () => {
  test('of other pages are refused where they are not listed', async () => {
    const gateway = await site.startGateway({ ALLOWED_ORIGINS: 'https://app.example.com' });
    await userOf(gateway, '/', { origin: 'https://app.example.com' });
    await userOf(gateway, '/');
    const told = { status: 403, challenge: undefined, text: 'not from this origin\n' };
    await expect(refusal(gateway, '/', { origin: 'https://evil.com' })).resolves.toEqual(told);
    await expect(refusals(gateway, 'origin')).resolves.toBe(1);
  });

  test('of any page are let in on loopback; beyond it only those of the same host', async () => {
    const inside = await site.startGateway();
    await userOf(inside, '/', { origin: 'https://evil.com' });
    const outside = await site.startGateway({ HOST: '0.0.0.0', GATEWAY_AUTH: 'none' });
    await userOf(outside, '/', { origin: outside.url.replace('ws:', 'http:') });
    await expect(refusal(outside, '/', { origin: 'https://evil.com' })).resolves.toMatchObject({ status: 403 });
  });
});
