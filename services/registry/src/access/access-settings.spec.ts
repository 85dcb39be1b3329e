/** Who may use REST, by settings. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings } from '../settings';
import { findApiKey } from './api-keys';

const KEY = 'correct-horse-battery-staple';
const KEYS = { REGISTRY_API_KEYS: `ops:read+send:${KEY}` };
const OTHERS = { HOST: '0.0.0.0' };

const accessOf = (env: Record<string, string>) => readSettings(env).access;

describe('without settings', () => {
  it.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost'])('everybody may do everything on %s', (HOST) => {
    expect(accessOf({ HOST })).toMatchObject({ methods: [], metricsOpen: true });
  });

  it.each(['0.0.0.0', '::', '192.168.1.1', 'example.org', '127.example.org'])('the start is refused on %s', (HOST) => {
    expect(() => accessOf({ HOST })).toThrow(
      new RegExp(`HOST=${HOST}: .*REGISTRY_API_KEYS.*REGISTRY_API_KEYS_FILE.*REGISTRY_AUTH=none`),
    );
  });
});

describe('REGISTRY_AUTH', () => {
  it('is what is configured', () => {
    expect(accessOf(KEYS)).toMatchObject({ methods: ['key'], metricsOpen: true });
    expect(accessOf({ ...KEYS, ...OTHERS })).toMatchObject({ methods: ['key'], metricsOpen: false });
    expect(accessOf({ ...KEYS, ...OTHERS, METRICS_AUTH: 'open' })).toMatchObject({ metricsOpen: true });
    const tokens = { REGISTRY_JWT_KEY: 'x'.repeat(32) };
    expect(accessOf(tokens)).toMatchObject({ methods: ['jwt'] });
    expect(accessOf({ ...tokens, ...KEYS, ...OTHERS })).toMatchObject({ methods: ['key', 'jwt'], metricsOpen: false });
    expect(accessOf({ ...KEYS, METRICS_AUTH: 'key' })).toMatchObject({ metricsOpen: false });
  });

  it('none lets everybody in, on any address', () => {
    expect(accessOf({ ...OTHERS, REGISTRY_AUTH: 'none' })).toMatchObject({ methods: [] });
  });

  it.each([
    [{ REGISTRY_AUTH: 'key' }, 'key needs REGISTRY_API_KEYS'],
    [{ REGISTRY_AUTH: 'jwt', ...KEYS }, 'jwt needs REGISTRY_JWT_KEY'],
    [{ REGISTRY_AUTH: 'jwt', REGISTRY_JWT_KEY: 'x'.repeat(32), ...KEYS }, 'does not name key, which is configured'],
    [{ REGISTRY_JWT_KEY: 'short' }, 'REGISTRY_JWT_KEY: a secret needs 32 bytes or more'],
    [{ REGISTRY_JWT_KEY: 'x'.repeat(32), REGISTRY_JWT_ALGORITHMS: 'RS256' }, "can't be used with RS256"],
    [{ REGISTRY_JWT_ALGORITHMS: 'none' }, 'REGISTRY_JWT_ALGORITHMS=none: '],
    [{ REGISTRY_JWT_KEY: 'x'.repeat(32), REGISTRY_JWKS_URL: 'https://x/' }, 'not both'],
    [{ REGISTRY_AUTH: 'none', ...KEYS }, 'does not name key, which is configured'],
    [{ REGISTRY_AUTH: 'none,key', ...KEYS }, 'none goes with nothing else'],
    [{ REGISTRY_AUTH: ',', ...KEYS }, 'does not name key, which is configured'],
    [{ REGISTRY_AUTH: ',', ...OTHERS }, 'HOST=0.0.0.0: others can reach this address'],
    [{ CORS_ORIGINS: '*' }, 'CORS_ORIGINS=*: must be origins'],
    [{ CORS_ORIGINS: 'https://a.example,null' }, 'must be origins'],
    [{ CORS_ORIGINS: 'https://a.example/' }, 'must be origins'],
    [{ CORS_ORIGINS: 'a.example' }, 'must be origins'],
    [{ REGISTRY_AUTH: 'password' }, 'REGISTRY_AUTH=password: '],
    [{ METRICS_AUTH: 'key' }, 'METRICS_AUTH=key: nobody has a key'],
    [{ METRICS_AUTH: 'closed' }, 'METRICS_AUTH=closed: '],
  ])('%j is refused', (env, message) => {
    expect(() => accessOf(env as Record<string, string>)).toThrow(message);
  });
});

describe('the keys', () => {
  it('are read from the variable and from the file, and kept as digests only', () => {
    const folder = mkdtempSync(join(tmpdir(), 'wscm-keys-'));
    const file = join(folder, 'keys');
    writeFileSync(file, `# operators\n\nann:admin:ann's,key:with-any-sign\r\n bob:read:bobs-key-0123456789\n`);
    const { access } = readSettings({ ...KEYS, REGISTRY_API_KEYS_FILE: file });
    rmSync(folder, { recursive: true });
    expect(access.keys.map(({ name, scopes }) => [name, [...scopes]])).toEqual([
      ['ops', ['read', 'send']],
      ['ann', ['admin']],
      ['bob', ['read']],
    ]);
    expect(findApiKey(access.keys, "ann's,key:with-any-sign")?.name).toBe('ann');
    expect(findApiKey(access.keys, KEY)?.name).toBe('ops');
    expect(findApiKey(access.keys, `${KEY} `)).toBeUndefined();
    expect(findApiKey(access.keys, '')).toBeUndefined();
    expect(Object.values(access.keys[0]!)).not.toContain(KEY);
  });

  it.each([
    [KEY, 'REGISTRY_API_KEYS: key 1 must be name:scope+scope:key'],
    [`ops:${KEY}`, 'key 1 must be name:scope+scope:key'],
    [`ops:read:short-${'x'.repeat(9)}`, 'key 1 must be 16 characters or longer'],
    [`ops:read:with blanks ${KEY}`, 'key 1 must be at most 256 characters of printable ASCII'],
    [`ops:read:${KEY}${'x'.repeat(256)}`, 'key 1 must be at most 256 characters of printable ASCII'],
    [`ops::${KEY}`, 'its scopes must be of read, send and admin'],
    [`ops:read+write:${KEY}`, 'its scopes must be of read, send and admin'],
    [`a:read:${KEY},b c:read:${KEY}`, 'key 2 must be name'],
    [`a:read:${KEY},a:send:${KEY}2`, 'a name is there twice'],
    [`a:read:${KEY},b:send:${KEY}`, 'a key is there twice'],
  ])('%s are refused, and not told', (REGISTRY_API_KEYS, message) => {
    let told = '';
    try {
      accessOf({ REGISTRY_API_KEYS });
    } catch (error) {
      told = (error as Error).message;
    }
    expect(told).toContain(message);
    expect(told).not.toMatch(/correct-horse|short-x/);
  });

  it('are refused with every other bad setting in one message', () => {
    const bad = { REGISTRY_PORT: 'x', HOST: '0.0.0.0', REGISTRY_API_KEYS_FILE: '/nowhere/keys', METRICS_AUTH: 'x' };
    expect(() => readSettings(bad)).toThrow(/REGISTRY_PORT=x.*METRICS_AUTH=x/s);
    expect(() => readSettings({ ...bad, METRICS_AUTH: 'open' })).toThrow(
      /REGISTRY_PORT=x.*REGISTRY_API_KEYS_FILE=\/nowhere\/keys: can't be read \(ENOENT\)/s,
    );
  });
});
