/** HTTPS: certificates that are made here, renewed under open connections, and refused where they do not fit. */
import 'reflect-metadata';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, renameSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { eventually, type Scratch, scratchFolder } from '@wscm/testing';
import { readSettings } from '../settings';
import { siteForAllTests } from '../testing/site';

const site = siteForAllTests({ LEASE_TTL_MS: '600000' });
let scratch: Scratch;
const at = (name: string) => join(scratch.path, name);

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** With a key of its own, or with the one of another. */
function makeCertificate(name: string, keyOf = name): void {
  const key = keyOf === name ? [...NEW_KEY, '-keyout', at(`${name}.key`)] : ['-key', at(`${keyOf}.key`)];
  const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1'];
  const options = ['-x509', '-days', '2', ...key, '-out', at(`${name}.crt`), ...subject];
  execFileSync('openssl', ['req', ...options], { stdio: 'ignore' });
}

/** Certificate and key, each in one step, as those do it who renew them. */
function install(name: string, kinds = ['crt', 'key']): void {
  for (const kind of kinds) {
    copyFileSync(at(`${name}.${kind}`), at('new'));
    renameSync(at('new'), at(`used.${kind}`));
  }
}

beforeAll(async () => {
  scratch = await scratchFolder();
  for (const name of ['first', 'second', 'third']) makeCertificate(name);
  makeCertificate('of-the-third-key', 'third');
  install('first');
});

afterAll(() => scratch.remove());

const env = () => ({ REGISTRY_TLS_CERT_FILE: at('used.crt'), REGISTRY_TLS_KEY_FILE: at('used.key') });

async function nameOfCertificate(port: number): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const name = String(socket.getPeerCertificate().subject.CN);
  socket.destroy();
  return name;
}

it('is served, and renewed at SIGHUP and when the files change, while open connections stay', async () => {
  const { url } = await site.startRegistry(env());
  const port = Number(new URL(url).port);
  expect(await nameOfCertificate(port)).toBe('first');

  const agent = new Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false });
  const ask = async () => {
    const asking = request(`${url}/v1/clients`, { agent }).end();
    const [response] = (await once(asking, 'response')) as [IncomingMessage];
    response.resume();
    await once(response, 'end');
    const socket = asking.socket as TLSSocket;
    return { status: response.statusCode, headers: response.headers, port: socket.localPort };
  };
  const before = await ask();
  expect(before).toMatchObject({
    status: 200,
    headers: { 'strict-transport-security': 'max-age=31536000' },
  });

  install('second');
  process.emit('SIGHUP');
  expect(await nameOfCertificate(port)).toBe('second');
  install('third');
  await eventually(async () => expect(await nameOfCertificate(port)).toBe('third'), 20_000);
  install('of-the-third-key', ['crt']);
  await eventually(async () => expect(await nameOfCertificate(port)).toBe('of-the-third-key'), 20_000);
  writeFileSync(at('used.key'), 'half a ke');
  process.emit('SIGHUP');
  expect(await nameOfCertificate(port)).toBe('of-the-third-key');

  expect(await ask()).toMatchObject({ status: 200, port: before.port });
  agent.destroy();
  install('first');
  await site.stopRegistries();
  expect(process.listenerCount('SIGHUP')).toBe(0);
});

describe('the start is refused', () => {
  it.each([
    [
      'a key of another certificate',
      'first.crt',
      'second.key',
      /REGISTRY_TLS_CERT_FILE=.*REGISTRY_TLS_KEY_FILE=.*: the key is not/,
    ],
    ['files in each other’s place', 'first.key', 'first.crt', /no certificate and key in PEM/],
    ['a certificate that is not there', 'none', 'first.key', /REGISTRY_TLS_CERT_FILE=.*can't be read \(ENOENT\)/],
    ['a key that is not there', 'first.crt', 'none', /REGISTRY_TLS_KEY_FILE=.*can't be read \(ENOENT\)/],
    ['a key that is a folder', 'first.crt', '.', /REGISTRY_TLS_KEY_FILE=.*can't be read \(EISDIR\)/],
  ])('with %s', (_, cert, key, message) => {
    expect(() => readSettings({ REGISTRY_TLS_CERT_FILE: at(cert), REGISTRY_TLS_KEY_FILE: at(key) })).toThrow(message);
  });

  it('with one without the other', () => {
    expect(() => readSettings({ REGISTRY_TLS_CERT_FILE: at('first.crt') })).toThrow(
      'REGISTRY_TLS_KEY_FILE: is missing',
    );
    expect(() => readSettings({ REGISTRY_TLS_KEY_FILE: at('first.key') })).toThrow(
      'REGISTRY_TLS_CERT_FILE: is missing',
    );
  });
});
