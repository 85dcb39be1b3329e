/** The operators' API keys. What is kept of each is its SHA-256 digest. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { isScope, type Scope } from './scopes';

export interface ApiKey {
  name: string;
  scopes: ReadonlySet<Scope>;
  digest: Buffer;
}

export const MIN_KEY_LENGTH = 16;

const NAME = /^[\w-]{1,64}$/;
const KEY = /^[\x21-\x7e]{16,256}$/;

/** What is wrong with a key, without a word of it. */
export class BadApiKey extends Error {
  override readonly name = 'BadApiKey';
}

/** Reads `name:scope+scope:key`. Throws `BadApiKey`. */
export function readApiKey(text: string): ApiKey {
  const [, name = '', granted = '', key = ''] = /^([^:]*):([^:]*):(.*)$/s.exec(text) ?? [];
  const scopes = granted.split('+');
  if (!NAME.test(name)) throw new BadApiKey('must be name:scope+scope:key, the name of letters, digits, _ and -');
  if (!scopes.every(isScope)) throw new BadApiKey('its scopes must be of read, send and admin, joined by +');
  if (key.length < MIN_KEY_LENGTH) throw new BadApiKey(`must be ${MIN_KEY_LENGTH} characters or longer`);
  if (!KEY.test(key)) throw new BadApiKey('must be at most 256 characters of printable ASCII, without blanks');
  return { name, scopes: new Set(scopes), digest: digestOf(key) };
}

/** The key that was given, or undefined. All are compared, each in constant time: the time taken tells nothing. */
export function findApiKey(keys: readonly ApiKey[], given: string): ApiKey | undefined {
  const digest = digestOf(given);
  let found: ApiKey | undefined;
  for (const key of keys) if (timingSafeEqual(key.digest, digest)) found = key;
  return found;
}

const digestOf = (key: string): Buffer => createHash('sha256').update(key).digest();
