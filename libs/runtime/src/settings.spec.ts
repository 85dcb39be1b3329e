/** Settings: every fault named at once, nothing to change afterwards. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { commaSeparated, port, url, wholeNumber } from './setting-types';
import { parseSettings, SettingsError } from './settings';

const schema = z.object({
  PORT: port.default(8080),
  NATS_URL: url('nats', 'tls').default('nats://127.0.0.1:4222'),
  LIMIT: wholeNumber(1, 10).default(5),
  NAME: z.string(),
  TAGS: commaSeparated.default([]),
});

const faultsOf = (env: Record<string, string>): readonly string[] => {
  try {
    parseSettings(schema, env);
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(SettingsError);
    return (error as SettingsError).faults;
  }
};

test('what is set is read, and defaults stand for the rest', () => {
  expect(parseSettings(schema, { NAME: 'a', PORT: '1', TAGS: 'x, y', OTHER: 'ignored' })).toEqual({
    PORT: 1,
    NATS_URL: 'nats://127.0.0.1:4222',
    LIMIT: 5,
    NAME: 'a',
    TAGS: ['x', 'y'],
  });
});

test('an empty variable counts as not set', () => {
  expect(parseSettings(schema, { NAME: 'a', PORT: '', NATS_URL: '' })).toMatchObject({ PORT: 8080 });
  expect(faultsOf({ NAME: '' })).toEqual([expect.stringMatching(/^NAME: .*string/)]);
});

test('a value may stand in a file, and what is set itself goes first', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'wscm-settings-'));
  const file = join(folder, 'name');
  await writeFile(file, 'secret name \n');
  expect(parseSettings(schema, { NAME_FILE: file })).toMatchObject({ NAME: 'secret name' });
  expect(parseSettings(schema, { NAME: 'a', NAME_FILE: file })).toMatchObject({ NAME: 'a' });
  await rm(folder, { recursive: true });
  expect(faultsOf({ NAME_FILE: file })).toEqual([expect.stringMatching(/^NAME_FILE=.*: can't be read: ENOENT/)]);
});

test('one message names every bad variable with its value, and no good one', () => {
  const parse = () => parseSettings(schema, { PORT: '70000', NATS_URL: 'http://x', LIMIT: '3' });
  expect(parse).toThrow(SettingsError);
  expect(parse).toThrow(
    /^Bad settings:\n {2}PORT=70000: must be .*65535\n {2}NATS_URL=http:\/\/x: must be .*nats:\/\/ or tls:\/\/\n {2}NAME: [^\n]+$/,
  );
});

test('a variable with several faults takes one line', () => {
  expect(faultsOf({ NAME: 'a', LIMIT: 'many' })).toEqual(['LIMIT=many: must be a whole number from 1 to 10']);
});

test('settings never change', () => {
  const settings = parseSettings(schema, { NAME: 'a' });
  expect(() => Object.assign(settings, { PORT: 1 })).toThrow(TypeError);
});

test.each([
  'http://user:hidden@host:1',
  'user:hidden@host',
  'http://a:hidden@h,http://b:hidden@h',
  'x://u:hid@hidden@h',
])('a fault in %s does not tell user and password', (text) => {
  const [fault] = faultsOf({ NAME: 'a', NATS_URL: text });
  expect(fault).toMatch(/^NATS_URL=.*…@h/);
  expect(fault).not.toContain('hidden');
});

test.each([
  'tlsCertificateKeyFilePassword',
  'authMechanismProperties',
  'access_token',
  'passphrase',
  'secret',
  'apiKey',
])('a fault in a URL does not tell its option %s, and tells the others', (option) => {
  const [fault] = faultsOf({ NAME: 'a', NATS_URL: `http://h/?tls=true&${option}=hidden&last=1` });
  expect(fault).toContain(`NATS_URL=http://h/?tls=true&${option}=…&last=1: must be`);
});
