/** Settings of the edge that don't fit together stop the start, and tell no secret. */
import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually, scratchFolder, type Scratch } from '@wscm/testing';
import { hashSync } from 'bcryptjs';
import { readSettings } from '../settings';
import { allowedOrigins, connectLimits, createAuthenticator, messageLimits } from './edge-settings';

let scratch: Scratch;
beforeAll(async () => (scratch = await scratchFolder()));
afterAll(() => scratch.remove());

const SECRET = 'planted-secret';

async function faultOf(env: Record<string, string>): Promise<string | undefined> {
  try {
    await createAuthenticator(readSettings(env), () => undefined).close();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

const fileWith = async (content: string): Promise<string> => {
  const path = join(scratch.path, String(Math.random()));
  await writeFile(path, content);
  return path;
};

const privateKey = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

test.each(['127.0.0.1', '::1', 'localhost'])('on %s everybody is let in without a word', async (HOST) => {
  await expect(faultOf({ HOST })).resolves.toBeUndefined();
  expect(allowedOrigins(readSettings({ HOST }))).toEqual(['*']);
});

test.each(['0.0.0.0', '::', '192.0.2.1', 'gateway'])('on %s it must be said', async (HOST) => {
  const fault = await faultOf({ HOST });
  for (const name of ['GATEWAY_AUTH', HOST, 'GATEWAY_BASIC_FILE', 'GATEWAY_JWT_KEY', 'GATEWAY_JWKS_URL', 'none'])
    expect(fault).toContain(name);
  await expect(faultOf({ HOST, GATEWAY_AUTH: 'none' })).resolves.toBeUndefined();
  expect(allowedOrigins(readSettings({ HOST }))).toBeUndefined();
});

test('beyond loopback there are limits without a word, and those that are set are kept', () => {
  const limitsOf = (env: Record<string, string>) => {
    const settings = readSettings(env);
    const { messageRate, byteRate } = messageLimits(settings);
    return [connectLimits(settings).ratePerAddress, messageRate, byteRate];
  };
  const given = { CONNECT_RATE_PER_ADDRESS: '1', MESSAGE_RATE: '2', BYTE_RATE: '3' };
  expect(limitsOf({ HOST: '127.0.0.1' })).toEqual([0, 0, 0]);
  expect(limitsOf({ HOST: '0.0.0.0' })).toEqual([1_000, 1_000, 2_097_152]);
  for (const HOST of ['127.0.0.1', '0.0.0.0']) expect(limitsOf({ HOST, ...given })).toEqual([1, 2, 3]);
});

test.each<[string, Record<string, string>, RegExp]>([
  ['an unknown means', { GATEWAY_AUTH: 'basic,magic' }, /GATEWAY_AUTH=basic,magic: must be one or more of none, basic/],
  ['a list of none', { GATEWAY_AUTH: ',', HOST: '0.0.0.0' }, /GATEWAY_AUTH: must be set/],
  [
    'a file of users that nobody asks for',
    { GATEWAY_BASIC_FILE: '/users' },
    /GATEWAY_AUTH: .* since GATEWAY_BASIC_FILE/,
  ],
  [
    'a key that nobody asks for',
    { GATEWAY_JWT_KEY: SECRET, GATEWAY_AUTH: ',' },
    /GATEWAY_AUTH: .* since GATEWAY_JWT_KEY /,
  ],
  ['a key file that nobody asks for', { GATEWAY_JWT_KEY_FILE: '/key' }, /GATEWAY_AUTH: .* since GATEWAY_JWT_KEY_FILE/],
  ['keys that nobody asks for', { GATEWAY_JWKS_URL: 'https://a/b' }, /GATEWAY_AUTH: .* since GATEWAY_JWKS_URL/],
  ['basic without a file', { GATEWAY_AUTH: 'basic' }, /GATEWAY_BASIC_FILE: must be set/],
  ['basic with no such file', { GATEWAY_AUTH: 'basic', GATEWAY_BASIC_FILE: '/nowhere' }, /FILE=\/nowhere: ENOENT/],
  ['jwt without a key', { GATEWAY_AUTH: 'jwt' }, /GATEWAY_JWT_KEY_FILE.*only one/],
  [
    'two keys',
    { GATEWAY_AUTH: 'jwt', GATEWAY_JWT_KEY: SECRET, GATEWAY_JWKS_URL: 'https://a/b' },
    /GATEWAY_JWT_KEY_FILE.*only one/,
  ],
  ['a short secret', { GATEWAY_AUTH: 'jwt', GATEWAY_JWT_KEY: SECRET }, /GATEWAY_JWT_KEY: .*32 bytes/],
  ['a private key', { GATEWAY_AUTH: 'jwt', GATEWAY_JWT_KEY: privateKey }, /GATEWAY_JWT_KEY: it is a private key/],
  [
    'the wrong algorithm',
    { GATEWAY_AUTH: 'jwt', GATEWAY_JWT_KEY: SECRET.repeat(4), GATEWAY_JWT_ALGORITHMS: 'RS256' },
    /GATEWAY_JWT_KEY: .*RS256/,
  ],
  ['no algorithm at all', { GATEWAY_JWT_ALGORITHMS: 'none' }, /GATEWAY_JWT_ALGORITHMS=none: must be/],
  ['a URL that is none', { GATEWAY_JWKS_URL: `ftp://u:${SECRET}@host/` }, /GATEWAY_JWKS_URL=ftp:\/\/…@host/],
  [
    'too many claims',
    { GATEWAY_JWT_CLAIMS: Array(33).fill('a').join() },
    /GATEWAY_JWT_CLAIMS=a.*: must name at most 32/,
  ],
  ['an origin that is none', { ALLOWED_ORIGINS: 'example.com' }, /ALLOWED_ORIGINS=example.com: must be/],
])('%s is a fault', async (_, env, expected) => {
  const fault = await faultOf(env);
  expect(fault).toMatch(expected);
  expect(fault).not.toContain(SECRET);
  expect(fault).not.toContain('PRIVATE KEY-');
});

test('what is wrong in a file is told with its name and line, not with its content', async () => {
  const users = await fileWith(`ann:${SECRET}\n`);
  await expect(faultOf({ GATEWAY_AUTH: 'basic', GATEWAY_BASIC_FILE: users })).resolves.toBe(
    `Bad settings:\n  GATEWAY_BASIC_FILE=${users}: line 1: must have a bcrypt hash, as htpasswd -B makes it`,
  );
  const key = await fileWith(SECRET);
  const fault = await faultOf({ GATEWAY_AUTH: 'jwt', GATEWAY_JWT_KEY_FILE: key });
  expect(fault).toMatch(/GATEWAY_JWT_KEY_FILE=.*32 bytes/);
  expect(fault).not.toContain(SECRET);
});

test('users that have changed are taken up, and a broken file changes nothing', async () => {
  const linesOf = (password: string) => `ann:${hashSync(password, 4)}\n`;
  const file = await fileWith(linesOf('old'));
  const told: string[] = [];
  const authenticator = createAuthenticator(
    readSettings({ GATEWAY_AUTH: 'basic', GATEWAY_BASIC_FILE: file }),
    (variable, error) => told.push(`${variable} ${(error as Error | undefined)?.message ?? 'is good'}`),
  );
  const verdictOn = (password: string) => {
    const headers = { authorization: `Basic ${Buffer.from(`ann:${password}`).toString('base64')}` };
    return authenticator.identify({ path: '/', query: '', headers, remoteAddress: '' });
  };
  await expect(verdictOn('old')).resolves.toMatchObject({ user: 'ann' });
  await writeFile(file, 'broken');
  await eventually(() => expect(told).toHaveLength(1));
  await expect(verdictOn('old')).resolves.toMatchObject({ user: 'ann' });
  await writeFile(file, linesOf('new'));
  await eventually(() => expect(told).toHaveLength(2));
  await expect(verdictOn('old')).resolves.toEqual({ refused: 'password' });
  await expect(verdictOn('new')).resolves.toMatchObject({ user: 'ann' });
  expect(told).toEqual([expect.stringContaining('line 1: must be user:hash'), 'GATEWAY_BASIC_FILE is good']);
  await authenticator.close();
});
