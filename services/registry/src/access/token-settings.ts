/** The settings of the tokens that operators may send in place of an API key. */
import { BadKey, createTokenVerifier, tokenAlgorithms, type TokenVerifier } from '@wscm/auth';
import { commaSeparated, SettingsError, url } from '@wscm/runtime';
import { z } from 'zod';
import { isScope, type Scope } from './scopes';

export const tokenShape = {
  /** A secret for HS256, or a public key as PEM or JWK; or `REGISTRY_JWT_KEY_FILE`. */
  REGISTRY_JWT_KEY: z.string().optional(),
  REGISTRY_JWKS_URL: url('https', 'http').optional(),
  REGISTRY_JWT_ALGORITHMS: commaSeparated
    .refine(
      (names) => names.every((name) => tokenAlgorithms.includes(name)),
      `must be of ${tokenAlgorithms.join(', ')}`,
    )
    .default([]),
  REGISTRY_JWT_ISSUER: commaSeparated.default([]),
  REGISTRY_JWT_AUDIENCE: commaSeparated.default([]),
};

type TokenSettings = z.infer<z.ZodObject<typeof tokenShape>>;

/** Null where no keys are given. Throws `SettingsError`, which tells nothing of a key. */
export function readTokens(given: TokenSettings): TokenVerifier | null {
  const { REGISTRY_JWT_KEY: key, REGISTRY_JWKS_URL: jwksUrl } = given;
  if (key !== undefined && jwksUrl !== undefined)
    throw new SettingsError(['REGISTRY_JWT_KEY: set this or REGISTRY_JWKS_URL, not both']);
  if (jwksUrl !== undefined) return verifierFor('REGISTRY_JWKS_URL', { jwksUrl }, given);
  return key === undefined ? null : verifierFor('REGISTRY_JWT_KEY', { key }, given);
}

function verifierFor(
  variable: string,
  keys: { key: string } | { jwksUrl: string },
  given: TokenSettings,
): TokenVerifier {
  const { REGISTRY_JWT_ALGORITHMS: algorithms, REGISTRY_JWT_ISSUER: issuer, REGISTRY_JWT_AUDIENCE: audience } = given;
  const wanted = { ...(issuer.length > 0 ? { issuer } : {}), ...(audience.length > 0 ? { audience } : {}) };
  try {
    return createTokenVerifier({ keys, algorithms, ...wanted });
  } catch (error) {
    if (!(error instanceof BadKey)) throw error;
    throw new SettingsError([`${variable}: ${error.message}`]);
  }
}

/** From `scope`, separated by blanks (RFC 8693), or `scp`, a text or a list. What is no scope of ours counts for nothing. */
export function scopesIn({ scope, scp }: Readonly<Record<string, unknown>>): ReadonlySet<Scope> {
  const told = [scope, scp].flat().flatMap((each) => (typeof each === 'string' ? each.split(' ') : []));
  return new Set(told.filter(isScope));
}
