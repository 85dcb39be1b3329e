/** What lets somebody in is nowhere to be found afterwards: not in logs, events, metrics or answers. */
import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '@wscm/system';
import { eventually, scratchFolder, type Scratch } from '@wscm/testing';
import { hashSync } from 'bcryptjs';
import { type RawClient } from '../testing/raw-client';
import { siteForEachTest, type StoredEvent, type TestGateway } from '../testing/site';

const site = siteForEachTest();
let scratch: Scratch;
beforeEach(async () => (scratch = await scratchFolder()));
afterEach(() => scratch.remove());

const KEY = 'planted-key-of-at-least-32-bytes-for-HS256';
const PASSWORDS = ['planted-right-password', 'planted-wrong-password'];
const HEADERS = { 'x-api-key': 'planted-api-key', cookie: 'session=planted-cookie', 'x-auth-token': 'planted-token' };

function tokenOf(claims: object): string {
  const signed = [{ alg: 'HS256' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
  return [...signed, createHmac('sha256', KEY).update(signed.join('.')).digest('base64url')].join('.');
}

const TOKENS = [tokenOf({ sub: 'ann' }), tokenOf({ sub: 'ann', exp: 1 }), `${tokenOf({ sub: 'eve' })}x`];
const basicOf = (password: string) => Buffer.from(`ann:${password}`).toString('base64');

/** Each secret whole, encoded, and of tokens also the part that is their worth. */
const PLANTED = [
  KEY,
  'planted',
  ...PASSWORDS.flatMap((password) => [password, basicOf(password)]),
  ...TOKENS.flatMap((token) => [token, token.split('.')[2]!]),
];

interface GatewayProcess extends TestGateway {
  /** All that it has written. */
  output: string;
}

/** A process of its own, as built: whatever it writes can be read. */
async function startProcess(env: Record<string, string>): Promise<GatewayProcess> {
  const [port, adminPort] = [await freePort(), await freePort()];
  const child = spawn(process.execPath, [join(__dirname, '../../dist/main.js')], {
    env: {
      NATS_URL: site.nats.url,
      WSCM_PREFIX: site.prefix,
      GATEWAY_PORT: String(port),
      GATEWAY_ADMIN_PORT: String(adminPort),
      LOG_LEVEL: 'trace',
      ...env,
    },
  });
  const ended = once(child, 'exit');
  const gateway: GatewayProcess = {
    port,
    adminPort,
    url: `ws://127.0.0.1:${port}`,
    output: '',
    stop: async () => {
      child.kill();
      await ended;
    },
    hurry: () => child.kill(),
  };
  processes.push(gateway);
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data: Buffer) => (gateway.output += data.toString()));
  await eventually(() => expect(gateway.output).toContain('gateway-started'));
  return gateway;
}

const processes: GatewayProcess[] = [];
afterEach(async () => {
  await Promise.all(processes.splice(0).map((gateway) => gateway.stop()));
});

/** Asks as nobody's library would, and waits for the answer. */
async function ask(gateway: TestGateway, target: string, headers: Record<string, string>): Promise<RawClient> {
  const client = await site.connectRaw(gateway);
  client.ask(
    target,
    Object.entries({ ...HEADERS, ...headers }).map(([name, value]) => `${name}: ${value}`),
  );
  await client.untilText('\r\n\r\n');
  return client;
}

const textOf = ({ subject, headers, data }: StoredEvent) => `${subject} ${JSON.stringify(headers)} ${data.toString()}`;

test('however they were given, right or wrong', async () => {
  const file = join(scratch.path, 'users');
  await writeFile(file, `ann:${hashSync(PASSWORDS[0]!, 4)}\n`);
  const gateway = await startProcess({
    GATEWAY_AUTH: 'none, basic, jwt',
    GATEWAY_BASIC_FILE: file,
    GATEWAY_JWT_KEY: KEY,
  });
  const strict = await startProcess({
    GATEWAY_AUTH: 'jwt,basic',
    GATEWAY_BASIC_FILE: file,
    GATEWAY_JWT_KEY: KEY,
  });
  const answers = [];
  for (const each of [gateway, strict]) {
    for (const password of PASSWORDS)
      answers.push(await ask(each, '/a', { authorization: `Basic ${basicOf(password)}` }));
    for (const token of TOKENS) {
      answers.push(await ask(each, '/b', { authorization: `Bearer ${token}` }));
      answers.push(await ask(each, `/c?x=1&access_token=${token}`, {}));
      answers.push(await ask(each, '/d', { 'sec-websocket-protocol': `wscm, wscm.jwt.${token}` }));
      answers.push(await ask(each, '/e', { 'sec-websocket-protocol': `bearer, ${token}` }));
      answers.push(
        await ask(each, '/f', { 'sec-websocket-protocol': token, 'proxy-authorization': `Bearer ${token}` }),
      );
    }
  }
  const upgraded = answers.filter(({ text }) => text.startsWith('HTTP/1.1 101')).length;
  const events = await site.untilEvents('connected.>', upgraded);
  const metrics = await (await fetch(`http://127.0.0.1:${strict.adminPort}/metrics`)).text();
  await gateway.stop();
  await strict.stop();

  expect(upgraded).toBe(17 + 1 + 4);
  const told = [gateway.output, strict.output, ...events.map(textOf), ...answers.map(({ text }) => text), metrics].join(
    '\n',
  );
  expect(told).toContain('"x":"1"');
  for (const secret of PLANTED) expect(told).not.toContain(secret);
});
