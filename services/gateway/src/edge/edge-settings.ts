/** The settings of the gateway's edge: who may connect, and from where. */
import { readFileSync } from 'node:fs';
import {
  BadKey,
  BadPasswordFile,
  createTokenVerifier,
  parsePasswordFile,
  PasswordVerifier,
  tokenAlgorithms,
} from '@wscm/auth';
import { commaSeparated, isLoopback, SettingsError, url, wholeNumber } from '@wscm/runtime';
import { z } from 'zod';
import { Authenticator, type PasswordsPart, type TokensPart } from './authenticator';
import type { ConnectLimitOptions } from './connect-limits';
import type { MessageLimitOptions } from './message-limits';
import { isOrigin } from './origins';
import { onChange, type OnReload, reloading } from './watched-file';

const METHODS = ['none', 'basic', 'jwt'];

const listOf = (possible: readonly string[]) =>
  commaSeparated.refine(
    (list) => list.every((each) => possible.includes(each)),
    `must be one or more of ${possible.join(', ')}`,
  );

export const edgeShape = {
  /** Any of them that succeeds lets a client in. Without: `none`, while HOST is loopback. */
  GATEWAY_AUTH: listOf(METHODS).optional(),
  /** Users and bcrypt hashes, as `htpasswd -B` writes them. Read again when it changes. */
  GATEWAY_BASIC_FILE: z.string().optional(),
  /** A secret for HS256, or a public key as PEM or JWK. */
  GATEWAY_JWT_KEY: z.string().optional(),
  /** A file with that key. */
  GATEWAY_JWT_KEY_FILE: z.string().optional(),
  GATEWAY_JWKS_URL: url('https', 'http').optional(),
  GATEWAY_JWT_ALGORITHMS: listOf(tokenAlgorithms).default([]),
  GATEWAY_JWT_ISSUER: commaSeparated.default([]),
  GATEWAY_JWT_AUDIENCE: commaSeparated.default([]),
  GATEWAY_JWT_QUERY_PARAMETER: z.string().default('access_token'),
  GATEWAY_JWT_USER_CLAIM: z.string().default('sub'),
  /** Claims that are shown with the client, under `claims`. */
  GATEWAY_JWT_CLAIMS: commaSeparated.refine((names) => names.length <= 32, 'must name at most 32').default([]),
  /** From which pages browsers may connect. Without: any while HOST is loopback, else those of the same host. */
  ALLOWED_ORIGINS: commaSeparated
    .refine((list) => list.every(isOrigin), 'must be origins like https://app.example.com, or *')
    .optional(),
  /** PEM files; the certificate with those between it and the root. Both or none. */
  GATEWAY_TLS_CERT_FILE: z.string().optional(),
  GATEWAY_TLS_KEY_FILE: z.string().optional(),
  /** Of all the limits 0 means none. Further connections: 503. */
  MAX_CONNECTIONS: wholeNumber(0, 10_000_000).default(0),
  /** Further ones from one address (of IPv6: from its first 64 bits): 429. */
  MAX_CONNECTIONS_PER_ADDRESS: wholeNumber(0, 10_000_000).default(0),
  /** Attempts a second; more: 429. Without: none while HOST is loopback, else 1000, since many may share one address. */
  CONNECT_RATE_PER_ADDRESS: wholeNumber(0, 1_000_000).optional(),
  /** Messages a second from one client; more: 1008. Without: none while HOST is loopback, else 1000. */
  MESSAGE_RATE: wholeNumber(0, 10_000_000).optional(),
  /** Bytes a second, likewise. Without: none while HOST is loopback, else 2 MiB. */
  BYTE_RATE: wholeNumber(0, 1_000_000_000_000).optional(),
  /** So many seconds' worth of what the rates allow may come at once. */
  RATE_BURST_S: wholeNumber(1, 3_600).default(5),
  /** A client that has said nothing after this time is closed with 1008. */
  FIRST_MESSAGE_TIMEOUT_S: wholeNumber(0, 86_400).default(0),
  /** Of a handshake: path, query and headers together; more: 431. */
  MAX_HEADER_BYTES: wholeNumber(1_024, 262_144).default(16_384),
};

type EdgeSettings = z.infer<z.ZodObject<typeof edgeShape>> & { HOST: string };

/** The origins that are let in; undefined: those of the same host. */
export const allowedOrigins = ({ HOST, ALLOWED_ORIGINS }: EdgeSettings): string[] | undefined =>
  ALLOWED_ORIGINS ?? (isLoopback(HOST) ? ['*'] : undefined);

/** What no client meets that is no attacker: on by themselves where strangers may come. */
const strangersOnly = (HOST: string, given: number | undefined, fallback: number): number =>
  given ?? (isLoopback(HOST) ? 0 : fallback);

export function connectLimits(settings: EdgeSettings): ConnectLimitOptions {
  const { HOST, CONNECT_RATE_PER_ADDRESS, RATE_BURST_S: burstS } = settings;
  return {
    maxConnections: settings.MAX_CONNECTIONS,
    maxPerAddress: settings.MAX_CONNECTIONS_PER_ADDRESS,
    ratePerAddress: strangersOnly(HOST, CONNECT_RATE_PER_ADDRESS, 1_000),
    burstS,
  };
}

export function messageLimits(settings: EdgeSettings & { MAX_MESSAGE_BYTES: number }): MessageLimitOptions {
  const { HOST, MESSAGE_RATE, BYTE_RATE, RATE_BURST_S: burstS, MAX_MESSAGE_BYTES: maxMessageBytes } = settings;
  return {
    messageRate: strangersOnly(HOST, MESSAGE_RATE, 1_000),
    byteRate: strangersOnly(HOST, BYTE_RATE, 2_097_152),
    burstS,
    maxMessageBytes,
  };
}

/** Throws `SettingsError` where the settings do not fit together, or what they name can't be used. */
export function createAuthenticator(settings: EdgeSettings, onReload: OnReload): Authenticator {
  const methods = methodsOf(settings);
  const tokens = methods.includes('jwt') ? tokensFrom(settings) : undefined;
  const passwords = methods.includes('basic') ? passwordsFrom(settings, onReload) : undefined;
  return new Authenticator({ anonymous: methods.includes('none'), tokens, passwords });
}

/** Who sets one of these wants clients to be asked. */
const PROOFS = ['GATEWAY_BASIC_FILE', 'GATEWAY_JWT_KEY', 'GATEWAY_JWT_KEY_FILE', 'GATEWAY_JWKS_URL'] as const;

function methodsOf(settings: EdgeSettings): string[] {
  const { HOST, GATEWAY_AUTH } = settings;
  if (GATEWAY_AUTH && GATEWAY_AUTH.length > 0) return GATEWAY_AUTH;
  const idle = PROOFS.find((name) => settings[name]);
  if (idle) throw new SettingsError([`GATEWAY_AUTH: must be set, since ${idle} is: without it nobody would be asked`]);
  if (isLoopback(HOST)) return ['none'];
  throw new SettingsError([
    `GATEWAY_AUTH: must be set where HOST (${HOST}) can be reached from elsewhere: basic (with GATEWAY_BASIC_FILE), jwt ` +
      '(with GATEWAY_JWT_KEY, GATEWAY_JWT_KEY_FILE or GATEWAY_JWKS_URL), or none to let everybody in',
  ]);
}

function passwordsFrom({ GATEWAY_BASIC_FILE: file }: EdgeSettings, onReload: OnReload): PasswordsPart {
  if (!file) throw new SettingsError(['GATEWAY_BASIC_FILE: must be set for GATEWAY_AUTH=basic']);
  const read = () => naming('GATEWAY_BASIC_FILE', file, () => parsePasswordFile(readFileSync(file, 'utf8')));
  const verifier = new PasswordVerifier(read());
  const unwatch = onChange([file], () => reloading('GATEWAY_BASIC_FILE', () => verifier.replace(read()), onReload));
  return { verifier, unwatch };
}

function tokensFrom(settings: EdgeSettings): TokensPart {
  const { GATEWAY_JWT_ISSUER: issuer, GATEWAY_JWT_AUDIENCE: audience } = settings;
  const { variable, shown, keys } = keysFrom(settings);
  const verifier = naming(variable, shown, () =>
    createTokenVerifier({
      keys: keys(),
      algorithms: settings.GATEWAY_JWT_ALGORITHMS,
      ...(issuer.length > 0 ? { issuer } : {}),
      ...(audience.length > 0 ? { audience } : {}),
    }),
  );
  const { GATEWAY_JWT_QUERY_PARAMETER: queryParameter, GATEWAY_JWT_USER_CLAIM: userClaim } = settings;
  return { verifier, queryParameter, userClaim, claims: settings.GATEWAY_JWT_CLAIMS };
}

type Keys = { key: string } | { jwksUrl: string };

/** `shown` is what an error may tell of the value: of a key nothing. */
function keysFrom(settings: EdgeSettings): { variable: string; shown: string; keys: () => Keys } {
  const { GATEWAY_JWT_KEY: key, GATEWAY_JWT_KEY_FILE: file, GATEWAY_JWKS_URL: jwksUrl } = settings;
  if ([key, file, jwksUrl].filter(Boolean).length !== 1)
    throw new SettingsError([
      'GATEWAY_JWT_KEY: for GATEWAY_AUTH=jwt set this, or GATEWAY_JWT_KEY_FILE, or GATEWAY_JWKS_URL, and only one of them',
    ]);
  if (file) return { variable: 'GATEWAY_JWT_KEY_FILE', shown: file, keys: () => ({ key: readFileSync(file, 'utf8') }) };
  if (jwksUrl) return { variable: 'GATEWAY_JWKS_URL', shown: '', keys: () => ({ jwksUrl }) };
  return { variable: 'GATEWAY_JWT_KEY', shown: '', keys: () => ({ key: key ?? '' }) };
}

/** What is wrong with what a variable names is told with the variable. */
export function naming<T>(variable: string, shown: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof BadKey || error instanceof BadPasswordFile || isFileError(error))) throw error;
    throw new SettingsError([`${variable}${shown && `=${shown}`}: ${error.message}`]);
  }
}

const isFileError = (error: unknown): error is NodeJS.ErrnoException =>
  typeof error === 'object' && error !== null && 'syscall' in error;
