/**
 * The keys behind a JWKS URL. They are read again in the background once they are older than `REFRESH_MS`, and at once
 * where a token names a key that is not among them, once in `COOLDOWN_MS` at most: that is how keys are rotated. While
 * the URL can't be read, the keys last read stay good for `KEEP_MS`.
 */
import { createRemoteJWKSet, customFetch, type FetchImplementation, type JWTVerifyGetKey } from 'jose';

const REFRESH_MS = 600_000;
const KEEP_MS = 3_600_000;
const COOLDOWN_MS = 30_000;
const TIMEOUT_MS = 5_000;
/** After a failure, so that a URL that is down is not asked for each token. */
const RETRY_MS = 1_000;

/** The URL can't be read or gives no keys, and none are known. */
export class KeysUnavailable extends Error {
  override readonly name = 'KeysUnavailable';
}

export interface RemoteKeysOptions {
  cooldownMs?: number;
}

export function remoteKeys(url: URL, options: RemoteKeysOptions = {}): JWTVerifyGetKey {
  const source = new KeySource();
  const keys = createRemoteJWKSet(url, {
    timeoutDuration: TIMEOUT_MS,
    cooldownDuration: options.cooldownMs ?? COOLDOWN_MS,
    cacheMaxAge: KEEP_MS,
    [customFetch]: source.read,
  });
  return async (header, token) => {
    if (source.isOld()) void keys.reload().catch(() => undefined);
    return keys(header, token);
  };
}

class KeySource {
  private readAt = Infinity;
  private failedAt = -Infinity;

  /** True where keys are known but should be read again. */
  isOld(): boolean {
    return performance.now() - this.readAt > REFRESH_MS;
  }

  readonly read: FetchImplementation = async (url, options) => {
    if (performance.now() - this.failedAt < RETRY_MS) throw new KeysUnavailable();
    try {
      const response = await fetch(url, options);
      if (response.status !== 200) throw new Error(`it answers ${response.status}`);
      const answer: unknown = await response.json();
      if (!isKeySet(answer)) throw new Error('it answers no JWK Set');
      this.readAt = performance.now();
      return Response.json(answer);
    } catch (cause) {
      this.failedAt = performance.now();
      throw new KeysUnavailable("the JWKS URL can't be read", { cause });
    }
  };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isKeySet = (answer: unknown): boolean =>
  isObject(answer) && Array.isArray(answer['keys']) && answer['keys'].every(isObject);
