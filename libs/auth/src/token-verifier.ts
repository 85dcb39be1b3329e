/** JSON Web Tokens: whether one is good, and what it claims. */
import { errors, type JWTPayload, jwtVerify, type JWTVerifyGetKey, type JWTVerifyOptions } from 'jose';
import { readKey, readPublicAlgorithms } from './key-material';
import { KeysUnavailable, remoteKeys } from './remote-keys';

/** Longer ones are refused unread. */
export const MAX_TOKEN_BYTES = 8_192;

export interface TokenVerifierOptions {
  /** A secret, or a public key as PEM or JWK; or else the URL of a JWK Set. */
  keys: { key: string } | { jwksUrl: string };
  /** The only ones taken. Without: one by the kind of key, of a JWK Set RS256, ES256 and EdDSA. */
  algorithms?: readonly string[];
  /** Where set, `iss` must be one of them. */
  issuer?: string | string[];
  /** Where set, `aud` must name one of them. */
  audience?: string | string[];
  /** Claims that must be there, whatever their value. */
  requiredClaims?: string[];
  /** How far other clocks may be off, in seconds; 0 without. */
  clockToleranceS?: number;
  /** How often unknown keys may make a JWK Set be read again, in milliseconds; 30 s without. */
  jwksCooldownMs?: number;
}

/** RFC 7515, section 3.1, to the letter: with more than one spelling of a token nobody can tell which one was seen. */
const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** For logs and metrics; to be kept from whoever sent the token. */
export type TokenFault = 'malformed' | 'signature' | 'claims' | 'expired' | 'keys-unavailable';

export type TokenVerdict =
  | {
      good: true;
      claims: JWTPayload;
      /** When it ends, tolerance included: milliseconds since 1970. Infinity where it never does. */
      expiresAt: number;
    }
  | { good: false; fault: TokenFault };

export interface TokenVerifier {
  /** Never rejects because of the token. */
  verify(token: string): Promise<TokenVerdict>;
}

/** Throws `BadKey` where keys or algorithms can't be used. A JWKS URL is first read for the first token. */
export function createTokenVerifier(options: TokenVerifierOptions): TokenVerifier {
  const { getKey, algorithms } = keySource(options);
  const { issuer, audience, requiredClaims, clockToleranceS: clockTolerance = 0 } = options;
  const checks: JWTVerifyOptions = {
    algorithms,
    clockTolerance,
    ...(issuer === undefined ? {} : { issuer }),
    ...(audience === undefined ? {} : { audience }),
    ...(requiredClaims === undefined ? {} : { requiredClaims }),
  };
  return {
    verify: async (token) => {
      if (token.length > MAX_TOKEN_BYTES || !COMPACT.test(token)) return { good: false, fault: 'malformed' };
      try {
        const claims = await verifyWithAny(token, getKey, checks);
        return { good: true, claims, expiresAt: ((claims.exp ?? Infinity) + clockTolerance) * 1000 };
      } catch (error) {
        return { good: false, fault: faultOf(error) };
      }
    },
  };
}

function keySource(options: TokenVerifierOptions): { getKey: JWTVerifyGetKey; algorithms: string[] } {
  const { keys, algorithms: wanted = [] } = options;
  if ('jwksUrl' in keys) {
    const { jwksCooldownMs: cooldownMs } = options;
    const getKey = remoteKeys(new URL(keys.jwksUrl), cooldownMs === undefined ? {} : { cooldownMs });
    return { getKey, algorithms: readPublicAlgorithms(wanted) };
  }
  const { key, algorithms } = readKey(keys.key, wanted);
  return { getKey: () => key, algorithms };
}

/** A token that names no key is tried with each that could be meant. */
async function verifyWithAny(token: string, getKey: JWTVerifyGetKey, checks: JWTVerifyOptions): Promise<JWTPayload> {
  try {
    return (await jwtVerify(token, getKey, checks)).payload;
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    for await (const key of error) {
      const payload = await verifiedOrNone(token, () => key, checks);
      if (payload) return payload;
    }
    throw new errors.JWSSignatureVerificationFailed();
  }
}

async function verifiedOrNone(
  token: string,
  getKey: JWTVerifyGetKey,
  checks: JWTVerifyOptions,
): Promise<JWTPayload | undefined> {
  try {
    return (await jwtVerify(token, getKey, checks)).payload;
  } catch (error) {
    if (error instanceof errors.JWSSignatureVerificationFailed) return undefined;
    throw error;
  }
}

function faultOf(error: unknown): TokenFault {
  if (error instanceof errors.JWTExpired) return 'expired';
  if (error instanceof errors.JWTClaimValidationFailed) return 'claims';
  if (error instanceof KeysUnavailable) return 'keys-unavailable';
  if (error instanceof errors.JWSSignatureVerificationFailed || error instanceof errors.JWKSNoMatchingKey)
    return 'signature';
  return 'malformed';
}
