/** Keys from settings: what kind each is, and which algorithms it may be used with. */
import { createPublicKey, type JsonWebKey, type KeyObject, X509Certificate } from 'node:crypto';

/** Algorithms of RFC 7518, RFC 8037 and RFC 9864 by the kind of their key; the first of each is its default. */
const ALGORITHMS = {
  secret: ['HS256', 'HS384', 'HS512'],
  rsa: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  'P-256': ['ES256'],
  'P-384': ['ES384'],
  'P-521': ['ES512'],
  ed25519: ['EdDSA', 'Ed25519'],
} as const;

type KeyKind = keyof typeof ALGORITHMS;

/** Every algorithm that a token may be signed with. `none` is not among them. */
export const tokenAlgorithms: readonly string[] = Object.values(ALGORITHMS).flat();

/** What the keys of a JWKS URL are used with unless said otherwise; never with a shared secret. */
export const DEFAULT_PUBLIC_ALGORITHMS: readonly string[] = ['RS256', 'ES256', 'EdDSA', 'Ed25519'];

const PUBLIC_ALGORITHMS = tokenAlgorithms.filter((name) => !name.startsWith('HS'));

/** Keys or algorithms that can't be used. The message names no key. */
export class BadKey extends Error {
  override readonly name = 'BadKey';
}

export interface KeyMaterial {
  key: KeyObject | Uint8Array;
  /** The only ones that a token may name. */
  algorithms: string[];
}

/** Reads a public key (PEM or JWK, also with `\n` in place of line ends), a certificate, or a secret. Throws `BadKey`. */
export function readKey(text: string, wanted: readonly string[] = []): KeyMaterial {
  const material = text.trim().replaceAll('\\n', '\n');
  const { kind, key } = keyOf(material);
  const algorithms = pick(ALGORITHMS[kind], wanted, kind);
  if (key instanceof Uint8Array) checkLength(key, algorithms);
  return { key, algorithms };
}

/** The algorithms that keys of a JWKS URL may be used with. Throws `BadKey` for others. */
export const readPublicAlgorithms = (wanted: readonly string[]): string[] =>
  wanted.length > 0 ? pick(PUBLIC_ALGORITHMS, wanted, 'public') : [...DEFAULT_PUBLIC_ALGORITHMS];

/** A key is used with algorithms of its own kind only: no public key is ever taken for a secret. */
function pick(possible: readonly string[], wanted: readonly string[], kind: string): string[] {
  const wrong = wanted.filter((name) => !possible.includes(name));
  if (wrong.length > 0) throw new BadKey(`a ${kind} key can't be used with ${wrong.join(', ')}`);
  if (wanted.length > 0) return [...wanted];
  return kind === 'ed25519' ? [...possible] : possible.slice(0, 1);
}

function keyOf(material: string): { kind: KeyKind; key: KeyObject | Uint8Array } {
  if (material.startsWith('-----BEGIN ')) return publicKey(() => fromPem(material));
  const jwk = parseJwk(material);
  if (!jwk) return { kind: 'secret', key: Buffer.from(material) };
  if (jwk.kty === 'oct') return { kind: 'secret', key: Buffer.from(jwk.k ?? '', 'base64url') };
  if (jwk.d !== undefined) throw new BadKey('it is a private key: give the public one');
  return publicKey(() => createPublicKey({ key: jwk, format: 'jwk' }));
}

function fromPem(pem: string): KeyObject {
  if (pem.includes('PRIVATE KEY')) throw new BadKey('it is a private key: give the public one');
  return pem.includes('CERTIFICATE') ? new X509Certificate(pem).publicKey : createPublicKey(pem);
}

function publicKey(read: () => KeyObject): { kind: KeyKind; key: KeyObject } {
  const key = orBadKey(read);
  return { kind: kindOf(key), key };
}

function orBadKey(read: () => KeyObject): KeyObject {
  try {
    return read();
  } catch (error) {
    throw error instanceof BadKey ? error : new BadKey("it can't be read as a public key");
  }
}

const CURVES: Record<string, KeyKind> = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' };

function kindOf(key: KeyObject): KeyKind {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === 'ed25519') return 'ed25519';
  if (type === 'rsa') {
    if ((details?.modulusLength ?? 0) < 2048) throw new BadKey('an RSA key needs 2048 bits or more');
    return 'rsa';
  }
  const curve = CURVES[details?.namedCurve ?? ''];
  if (curve) return curve;
  throw new BadKey('it is neither an RSA key, nor one of P-256, P-384, P-521 or Ed25519');
}

function parseJwk(material: string): JsonWebKey | undefined {
  if (!material.startsWith('{')) return undefined;
  try {
    return JSON.parse(material) as JsonWebKey;
  } catch {
    throw new BadKey('it is no JWK');
  }
}

/** RFC 7518, section 3.2: a secret is at least as long as the hash. */
function checkLength(secret: Uint8Array, algorithms: string[]): void {
  const least = Math.max(...algorithms.map((name) => Number(name.slice(2)) / 8));
  if (secret.length < least) throw new BadKey(`a secret needs ${least} bytes or more, this one has ${secret.length}`);
}
