/** The settings that say who may use REST. No fault names a secret. */
import { readFileSync } from 'node:fs';
import { commaSeparated, type Environment, host, isLoopback, parseSettings, SettingsError } from '@wscm/runtime';
import type { TokenVerifier } from '@wscm/auth';
import { z } from 'zod';
import { type ApiKey, BadApiKey, readApiKey } from './api-keys';
import { readTokens, tokenShape } from './token-settings';

const methods = ['none', 'key', 'jwt'] as const;
type Method = (typeof methods)[number];

const schema = z.object({
  HOST: host.default('127.0.0.1'),
  /** Joined by commas. Without: what is configured, or `none` on a loopback address. */
  REGISTRY_AUTH: commaSeparated.pipe(z.array(z.enum(methods))).optional(),
  /** `name:scope+scope:key`, joined by commas; in the file one a line. */
  REGISTRY_API_KEYS: z.string().default(''),
  REGISTRY_API_KEYS_FILE: z.string().optional(),
  ...tokenShape,
  /** Without: `open` on a loopback address. */
  METRICS_AUTH: z.enum(['open', 'key']).optional(),
  /** Of pages that may use REST from elsewhere, e.g. `https://console.example.org`, joined by commas. */
  CORS_ORIGINS: commaSeparated
    .refine((origins) => origins.every(isOrigin), 'must be origins such as https://example.org, joined by commas')
    .default([]),
});

export const accessVariables = schema.shape;

type Given = z.infer<typeof schema>;

export interface AccessSettings {
  /** Without any, everybody may do everything. */
  methods: readonly Exclude<Method, 'none'>[];
  keys: readonly ApiKey[];
  tokens: TokenVerifier | null;
  metricsOpen: boolean;
  /** Nobody is asked only because nothing was said and others can't reach it. */
  implicit: boolean;
  /** Of pages that may use REST from elsewhere. */
  origins: readonly string[];
}

const NOBODY_ASKED =
  'others can reach this address: set REGISTRY_API_KEYS, REGISTRY_API_KEYS_FILE, REGISTRY_JWT_KEY or REGISTRY_JWKS_URL, ' +
  'or let everybody in by REGISTRY_AUTH=none';

/** Throws `SettingsError`. */
export function readAccess(env: Environment): AccessSettings {
  const given = parseSettings(schema, env);
  const keys = readKeys(given);
  const tokens = readTokens(given);
  const configured: Method[] = [...(keys.length > 0 ? ['key' as const] : []), ...(tokens ? ['jwt' as const] : [])];
  const loopback = isLoopback(given.HOST);
  const wanted = methodsOf(given, configured, loopback);
  const asks = wanted.filter((method) => method !== 'none');
  if (given.METRICS_AUTH === 'key' && asks.length === 0) refuse('METRICS_AUTH=key: nobody has a key');
  return {
    ...{ methods: asks, keys, tokens, implicit: wanted.length === 0, origins: given.CORS_ORIGINS },
    metricsOpen: (given.METRICS_AUTH ?? (loopback ? 'open' : 'key')) === 'open',
  };
}

function methodsOf({ HOST, REGISTRY_AUTH }: Given, configured: Method[], loopback: boolean): readonly Method[] {
  const wanted = new Set(REGISTRY_AUTH ?? configured);
  if (wanted.size === 0 && !loopback) refuse(`HOST=${HOST}: ${NOBODY_ASKED}`);
  if (wanted.has('none') && wanted.size > 1) refuse('REGISTRY_AUTH: none goes with nothing else');
  if (wanted.has('key') && !configured.includes('key'))
    refuse('REGISTRY_AUTH: key needs REGISTRY_API_KEYS or REGISTRY_API_KEYS_FILE');
  if (wanted.has('jwt') && !configured.includes('jwt'))
    refuse('REGISTRY_AUTH: jwt needs REGISTRY_JWT_KEY, REGISTRY_JWT_KEY_FILE or REGISTRY_JWKS_URL');
  const idle = configured.filter((method) => !wanted.has(method));
  if (idle.length > 0) refuse(`REGISTRY_AUTH: does not name ${idle.join(', ')}, which is configured`);
  return [...wanted];
}

function readKeys({ REGISTRY_API_KEYS, REGISTRY_API_KEYS_FILE: file }: Given): ApiKey[] {
  const lines = file === undefined ? [] : readLines('REGISTRY_API_KEYS_FILE', file);
  const texts = [
    ...REGISTRY_API_KEYS.split(',').map((text, at) => ({ text, place: `REGISTRY_API_KEYS: key ${at + 1}` })),
    ...lines.map((text, at) => ({ text, place: `REGISTRY_API_KEYS_FILE=${file}: line ${at + 1}` })),
  ];
  const faults: string[] = [];
  const keys = texts
    .map(({ text, place }) => ({ text: text.trim(), place }))
    .filter(({ text }) => text !== '' && !text.startsWith('#'))
    .flatMap(({ text, place }) => readOrTell(text, place, faults));
  if (hasTwice(keys.map(({ name }) => name))) faults.push('REGISTRY_API_KEYS: a name is there twice');
  if (hasTwice(keys.map(({ digest }) => digest.toString('hex'))))
    faults.push('REGISTRY_API_KEYS: a key is there twice');
  if (faults.length > 0) throw new SettingsError(faults);
  return keys;
}

function readOrTell(text: string, place: string, faults: string[]): ApiKey[] {
  try {
    return [readApiKey(text)];
  } catch (error) {
    if (!(error instanceof BadApiKey)) throw error;
    faults.push(`${place} ${error.message}`);
    return [];
  }
}

function readLines(variable: string, file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch (error) {
    return refuse(`${variable}=${file}: can't be read (${(error as NodeJS.ErrnoException).code ?? ''})`);
  }
}

const hasTwice = (texts: readonly string[]): boolean => new Set(texts).size < texts.length;

const isOrigin = (text: string): boolean => URL.canParse(text) && new URL(text).origin === text;

function refuse(fault: string): never {
  throw new SettingsError([fault]);
}
