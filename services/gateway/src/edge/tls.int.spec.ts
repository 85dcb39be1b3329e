/** WebSockets over TLS. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect, type PeerCertificate } from 'node:tls';
import { promisify } from 'node:util';
import { eventually, scratchFolder, type Scratch } from '@wscm/testing';
import WebSocket from 'ws';
import { jsonOf, siteForEachTest, type TestGateway } from '../testing/site';
import { followFiles } from './tls';

const site = siteForEachTest();
const run = promisify(execFile);

let scratch: Scratch;
beforeAll(async () => {
  scratch = await scratchFolder();
  for (const name of ['first', 'second']) await makePair(name);
});
afterAll(() => scratch.remove());

const at = (file: string) => join(scratch.path, file);

/** A certificate of this name for localhost, and its key. */
async function makePair(name: string): Promise<void> {
  const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=DNS:localhost,DNS:*.example.com'];
  const files = ['-keyout', at(`${name}.key`), '-out', at(`${name}.crt`)];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  await run('openssl', ['req', '-x509', ...kind, ...files, ...subject]);
}

const settings = (certificate: string, key: string) => ({
  GATEWAY_TLS_CERT_FILE: at(certificate),
  GATEWAY_TLS_KEY_FILE: at(key),
});

/** Which certificate a client sees that asks for this name; without, for none. */
function certificateOf(gateway: TestGateway, servername = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port: gateway.port, host: '127.0.0.1', servername, rejectUnauthorized: false }, () => {
      const { subject }: PeerCertificate = socket.getPeerCertificate();
      resolve(String(subject.CN));
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

test('clients connect by wss, and stay when the certificate changes', async () => {
  for (const kind of ['crt', 'key']) await copyFile(at(`first.${kind}`), at(`used.${kind}`));
  const gateway = await site.startGateway(settings('used.crt', 'used.key'));
  const secure = { ...gateway, url: `wss://localhost:${gateway.port}` };
  const before = await site.connect(secure, '/a', { rejectUnauthorized: false });
  expect(await certificateOf(gateway, 'localhost')).toBe('first');

  for (const kind of ['crt', 'key']) await copyFile(at(`second.${kind}`), at(`used.${kind}`));
  for (const name of ['localhost', 'ws.example.com', 'elsewhere', undefined])
    await eventually(async () => expect(await certificateOf(gateway, name)).toBe('second'), 20_000);
  const seen = await Promise.all(Array.from({ length: 20 }, () => certificateOf(gateway, 'localhost')));
  expect(new Set(seen)).toEqual(new Set(['second']));
  const after = await site.connect(secure, '/b', { rejectUnauthorized: false });
  expect(jsonOf(await site.untilEvent('connected', after.replyId))).toMatchObject({ path: '/b' });
  await expect(site.broadcast('to both')).resolves.toMatchObject([{ delivered: 2 }]);
  await Promise.all([before.untilReceived(1), after.untilReceived(1)]);
  after.send('still here');
  await site.untilEvent('message', after.replyId);
}, 60_000);

test('who connected before the certificate changed, and asks for a WebSocket after it, misses no broadcast', async () => {
  const used = settings('late.crt', 'late.key');
  for (const kind of ['crt', 'key']) await copyFile(at(`first.${kind}`), at(`late.${kind}`));
  const gateway = await site.startGateway(used);
  const early = connect({ port: gateway.port, host: '127.0.0.1', rejectUnauthorized: false });
  await once(early, 'secureConnect');
  for (const kind of ['crt', 'key']) await copyFile(at(`second.${kind}`), at(`late.${kind}`));
  await eventually(async () => expect(await certificateOf(gateway, 'localhost')).toBe('second'), 20_000);
  const socket = new WebSocket(`wss://localhost:${gateway.port}/`, { createConnection: () => early });
  const [greeting] = (await once(socket, 'message')) as [Buffer];
  expect(greeting.toString()).toContain('"connected"');
  await expect(site.broadcast('to it, too')).resolves.toMatchObject([{ delivered: 1 }]);
  socket.terminate();
}, 60_000);

test('a new certificate is not taken without its key, and with it as soon as it is there', async () => {
  const files = { certificate: at('pair.crt'), key: at('pair.key') };
  for (const kind of ['crt', 'key']) await copyFile(at(`first.${kind}`), at(`pair.${kind}`));
  const [taken, told]: [unknown[], unknown[]] = [[], []];
  const unfollow = followFiles(
    files,
    (app) => taken.push(app),
    (variable, error) => told.push([variable, (error as Error | undefined)?.message]),
  );
  await copyFile(at('second.crt'), files.certificate);
  await eventually(() => expect(told).toHaveLength(1));
  expect(told).toEqual([['GATEWAY_TLS_CERT_FILE', expect.stringContaining('is not the key of')]]);
  expect(taken).toEqual([]);
  await copyFile(at('second.key'), files.key);
  await eventually(() => expect(told).toHaveLength(2));
  expect(told[1]).toEqual(['GATEWAY_TLS_CERT_FILE', undefined]);
  expect(taken).toHaveLength(1);
  unfollow();
});

test.each<[string, Record<string, string>, RegExp]>([
  ['a key of another certificate', { cert: 'first.crt', key: 'second.key' }, /KEY_FILE=.*is not the key of/],
  ['a certificate for a key', { cert: 'first.crt', key: 'first.crt' }, /KEY_FILE=.*can't be used/],
  ['a file that is not there', { cert: 'nowhere', key: 'first.key' }, /CERT_FILE=.*ENOENT/],
])('%s stops the start', async (_, { cert, key }, message) => {
  await expect(site.startGateway(settings(cert!, key!))).rejects.toThrow(message);
});

test('a certificate without its key stops the start', async () => {
  const start = site.startGateway({ GATEWAY_TLS_CERT_FILE: at('first.crt') });
  await expect(start).rejects.toThrow(/GATEWAY_TLS_KEY_FILE: must be set, too/);
});
