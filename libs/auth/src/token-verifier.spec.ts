/** Which tokens are good. */
import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { eventually } from '@wscm/testing';
import { type JWTPayload, SignJWT } from 'jose';
import { createTokenVerifier, type TokenVerifier, type TokenVerifierOptions } from './token-verifier';

const SECRET = 'a secret of at least 32 bytes, as HS256 wants it';
const secretKey = Buffer.from(SECRET);
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ed25519 = generateKeyPairSync('ed25519');

const pemOf = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }).toString();
const nowS = (): number => Math.floor(Date.now() / 1000);

interface Signing {
  alg?: string;
  kid?: string;
  key?: KeyObject | Uint8Array;
}

const sign = (claims: JWTPayload, { alg = 'HS256', kid, key = secretKey }: Signing = {}): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg, ...(kid ? { kid } : {}) }).sign(key);

const withKey = (key: string, options: Omit<TokenVerifierOptions, 'keys'> = {}): TokenVerifier =>
  createTokenVerifier({ keys: { key }, ...options });

describe('a token is good', () => {
  test.each<[string, string, Signing]>([
    ['HS256 and a secret', SECRET, {}],
    [
      'HS256 and a secret as JWK',
      JSON.stringify({ kty: 'oct', k: secretKey.toString('base64url') }),
      { alg: 'HS256', key: secretKey },
    ],
    ['RS256 and PEM', pemOf(rsa.publicKey), { alg: 'RS256', key: rsa.privateKey }],
    ['RS256 and PEM in one line', pemOf(rsa.publicKey).replaceAll('\n', '\\n'), { alg: 'RS256', key: rsa.privateKey }],
    ['RS256 and JWK', JSON.stringify(rsa.publicKey.export({ format: 'jwk' })), { alg: 'RS256', key: rsa.privateKey }],
    ['ES256 and PEM', pemOf(p256.publicKey), { alg: 'ES256', key: p256.privateKey }],
    ['EdDSA and PEM', pemOf(ed25519.publicKey), { alg: 'EdDSA', key: ed25519.privateKey }],
    ['Ed25519 and PEM', pemOf(ed25519.publicKey), { alg: 'Ed25519', key: ed25519.privateKey }],
  ])('with %s', async (_, key, signing) => {
    const exp = nowS() + 60;
    const verdict = await withKey(key).verify(await sign({ sub: 'ann', exp, room: 1 }, signing));
    expect(verdict).toEqual({ good: true, claims: { sub: 'ann', exp, room: 1 }, expiresAt: exp * 1000 });
  });

  test('without an end, for ever', async () => {
    const verdict = await withKey(SECRET).verify(await sign({ sub: 'ann' }));
    expect(verdict).toMatchObject({ good: true, expiresAt: Infinity });
  });

  test('with the issuer and one of the audiences wanted', async () => {
    const verifier = withKey(SECRET, { issuer: 'https://issuer', audience: ['wscm', 'other'] });
    const token = await sign({ iss: 'https://issuer', aud: ['else', 'wscm'] });
    await expect(verifier.verify(token)).resolves.toMatchObject({ good: true });
  });

  test('within the tolerance for other clocks, which its end has, too', async () => {
    const exp = nowS() - 5;
    const verdict = await withKey(SECRET, { clockToleranceS: 60 }).verify(await sign({ exp }));
    expect(verdict).toMatchObject({ good: true, expiresAt: (exp + 60) * 1000 });
  });
});

describe('a token is refused', () => {
  const encoded = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');

  test.each<[string, JWTPayload, string]>([
    ['that has ended', { exp: 1 }, 'expired'],
    ['that has not begun', { nbf: nowS() + 600 }, 'claims'],
    ['with an end that is no time', { exp: 'never' as unknown as number }, 'claims'],
    ['of another issuer', { iss: 'evil', aud: 'wscm' }, 'claims'],
    ['without issuer', { aud: 'wscm' }, 'claims'],
    ['for another audience', { iss: 'good', aud: 'else' }, 'claims'],
    ['without audience', { iss: 'good' }, 'claims'],
  ])('%s', async (_, claims, fault) => {
    const verifier = withKey(SECRET, 'iss' in claims || 'aud' in claims ? { issuer: 'good', audience: 'wscm' } : {});
    await expect(verifier.verify(await sign(claims))).resolves.toEqual({ good: false, fault });
  });

  test('without a claim that must be there', async () => {
    const verifier = withKey(SECRET, { requiredClaims: ['exp'] });
    await expect(verifier.verify(await sign({ sub: 'ann' }))).resolves.toEqual({ good: false, fault: 'claims' });
  });

  test('signed with another key', async () => {
    const token = await sign({ sub: 'ann' }, { key: Buffer.alloc(32, 1) });
    await expect(withKey(SECRET).verify(token)).resolves.toEqual({ good: false, fault: 'signature' });
  });

  test('changed after it was signed', async () => {
    const [header, , signature] = (await sign({ sub: 'ann' })).split('.');
    const token = [header, encoded({ sub: 'root' }), signature].join('.');
    await expect(withKey(SECRET).verify(token)).resolves.toEqual({ good: false, fault: 'signature' });
  });

  test.each(['none', 'None', 'NONE', ''])('with the algorithm %j', async (alg) => {
    for (const key of [SECRET, pemOf(rsa.publicKey)]) {
      const { good } = await withKey(key).verify(`${encoded({ alg })}.${encoded({ sub: 'root' })}.`);
      expect(good).toBe(false);
    }
  });

  test('where the public key was used as a secret', async () => {
    const pem = pemOf(rsa.publicKey);
    const signed = `${encoded({ alg: 'HS256' })}.${encoded({ sub: 'root' })}`;
    const signature = createHmac('sha256', pem).update(signed).digest('base64url');
    await expect(withKey(pem).verify(`${signed}.${signature}`)).resolves.toMatchObject({ good: false });
  });

  test('in another spelling than its own', async () => {
    const token = await sign({ sub: 'ann' }, { alg: 'RS256', key: rsa.privateKey });
    const verifier = withKey(pemOf(rsa.publicKey));
    await expect(verifier.verify(token)).resolves.toMatchObject({ good: true });
    for (const spelling of [`${token}==`, `${token} `, token.replace('.', '=.')])
      await expect(verifier.verify(spelling)).resolves.toEqual({ good: false, fault: 'malformed' });
  });

  test('that is long, however good it is', async () => {
    const token = await sign({ sub: 'ann', more: 'x'.repeat(8_192) });
    await expect(withKey(SECRET).verify(token)).resolves.toEqual({ good: false, fault: 'malformed' });
  });

  test('with an algorithm that was not allowed, though the key could', async () => {
    const token = await sign({ sub: 'ann' }, { alg: 'RS512', key: rsa.privateKey });
    await expect(withKey(pemOf(rsa.publicKey)).verify(token)).resolves.toMatchObject({ good: false });
    const verifier = withKey(pemOf(rsa.publicKey), { algorithms: ['RS512'] });
    await expect(verifier.verify(token)).resolves.toMatchObject({ good: true });
  });

  test.each(['', 'x', 'a.b', 'a.b.c', 'a.b.c.d.e', '...', `${'x'.repeat(10_000)}.y.z`, 'ä.ö.ü'])(
    'that is none: %.20s',
    async (token) => {
      await expect(withKey(SECRET).verify(token)).resolves.toEqual({ good: false, fault: 'malformed' });
    },
  );
});

describe('a key is refused at once', () => {
  test.each<[string, string, string[], RegExp]>([
    ['that is short', 'too short', [], /32 bytes or more, this one has 9/],
    ['that is too short for its algorithm', SECRET, ['HS512'], /64 bytes or more/],
    ['that is private', ed25519.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), [], /private/],
    ['that is a private JWK', JSON.stringify(ed25519.privateKey.export({ format: 'jwk' })), [], /private/],
    ['that is broken', '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----', [], /can't be read/],
    ['that is a broken JWK', '{"kty":', [], /no JWK/],
    ['of RSA for ES256', pemOf(rsa.publicKey), ['ES256'], /can't be used with ES256/],
    ['of RSA for HS256', pemOf(rsa.publicKey), ['RS256', 'HS256'], /can't be used with HS256/],
    ['that is a secret, for RS256', SECRET, ['RS256'], /can't be used with RS256/],
    ['for no algorithm at all', SECRET, ['none'], /can't be used with none/],
    ['of RSA with few bits', pemOf(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey), [], /2048/],
    ['of another curve', pemOf(generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey), [], /P-256/],
  ])('%s', (_, key, algorithms, message) => {
    expect(() => withKey(key, { algorithms })).toThrow(message);
  });

  test('of a JWK Set with an algorithm of shared secrets', () => {
    const keys = { jwksUrl: 'http://127.0.0.1:1/' };
    expect(() => createTokenVerifier({ keys, algorithms: ['HS256'] })).toThrow(/HS256/);
  });
});

describe('a JWKS URL', () => {
  let server: Server;
  let jwks: { keys: object[] } | undefined;
  let reads = 0;

  beforeEach(async () => {
    reads = 0;
    server = createServer((_, response) => {
      reads++;
      response.writeHead(jwks ? 200 : 500).end(JSON.stringify(jwks));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  const jwk = (key: KeyObject, kid?: string) => ({ ...key.export({ format: 'jwk' }), ...(kid ? { kid } : {}) });
  const verifierOf = (jwksCooldownMs?: number, algorithms: string[] = []): TokenVerifier => {
    const keys = { jwksUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks` };
    return createTokenVerifier({ keys, algorithms, ...(jwksCooldownMs === undefined ? {} : { jwksCooldownMs }) });
  };

  test('is read once for many tokens', async () => {
    jwks = { keys: [jwk(rsa.publicKey, 'a'), jwk(p256.publicKey, 'b'), jwk(ed25519.publicKey, 'c')] };
    const verifier = verifierOf();
    const tokens = [
      await sign({}, { alg: 'RS256', kid: 'a', key: rsa.privateKey }),
      await sign({}, { alg: 'ES256', kid: 'b', key: p256.privateKey }),
      await sign({}, { alg: 'EdDSA', kid: 'c', key: ed25519.privateKey }),
    ];
    const verdicts = await Promise.all([...tokens, ...tokens].map((token) => verifier.verify(token)));
    expect(verdicts.map(({ good }) => good)).toEqual(Array(6).fill(true));
    expect(reads).toBe(1);
  });

  test('is read again for a key that is new, and the old one is good no more', async () => {
    const other = generateKeyPairSync('ed25519');
    jwks = { keys: [jwk(ed25519.publicKey, 'old')] };
    const verifier = verifierOf(0);
    const old = await sign({}, { alg: 'EdDSA', kid: 'old', key: ed25519.privateKey });
    await expect(verifier.verify(old)).resolves.toMatchObject({ good: true });
    jwks = { keys: [jwk(other.publicKey, 'new')] };
    const fresh = await sign({}, { alg: 'EdDSA', kid: 'new', key: other.privateKey });
    await expect(verifier.verify(fresh)).resolves.toMatchObject({ good: true });
    await expect(verifier.verify(old)).resolves.toMatchObject({ good: false, fault: 'signature' });
  });

  test('that gives a key no more ends its use in 10 minutes; one that can’t be read, after an hour', async () => {
    let ahead = 0;
    const pass = (minutes: number) => (ahead += minutes * 60_000);
    for (const clock of [performance, Date]) {
      const now = clock.now.bind(clock);
      jest.spyOn(clock, 'now').mockImplementation(() => now() + ahead);
    }
    try {
      jwks = { keys: [jwk(ed25519.publicKey, 'a'), jwk(rsa.publicKey, 'b')] };
      const verifier = verifierOf();
      const [taken, stays] = [
        await sign({}, { alg: 'EdDSA', kid: 'a', key: ed25519.privateKey }),
        await sign({}, { alg: 'RS256', kid: 'b', key: rsa.privateKey }),
      ];
      await expect(verifier.verify(taken)).resolves.toMatchObject({ good: true });
      jwks = { keys: [jwk(rsa.publicKey, 'b')] };
      pass(9);
      await expect(verifier.verify(taken)).resolves.toMatchObject({ good: true });
      expect(reads).toBe(1);
      pass(2);
      await eventually(async () => expect(await verifier.verify(taken)).toEqual({ good: false, fault: 'signature' }));
      expect(reads).toBe(2);

      jwks = undefined;
      pass(59);
      await expect(verifier.verify(stays)).resolves.toMatchObject({ good: true });
      await eventually(() => expect(reads).toBe(3));
      pass(2);
      await expect(verifier.verify(stays)).resolves.toEqual({ good: false, fault: 'keys-unavailable' });
    } finally {
      jest.restoreAllMocks();
    }
  });

  test('is not read for each unknown key', async () => {
    jwks = { keys: [jwk(ed25519.publicKey, 'known')] };
    const verifier = verifierOf();
    for (let count = 0; count < 20; count++) {
      const token = await sign({}, { alg: 'EdDSA', kid: `made-up-${count}`, key: ed25519.privateKey });
      await expect(verifier.verify(token)).resolves.toEqual({ good: false, fault: 'signature' });
    }
    expect(reads).toBe(1);
  });

  test('that fails is not read for each token, and is said to be the reason', async () => {
    jwks = undefined;
    const verifier = verifierOf();
    const token = await sign({}, { alg: 'EdDSA', key: ed25519.privateKey });
    for (let count = 0; count < 20; count++)
      await expect(verifier.verify(token)).resolves.toEqual({ good: false, fault: 'keys-unavailable' });
    expect(reads).toBe(1);
  });

  test.each(['<p>Please log in</p>', 'null', '{}', '{"keys":1}', '{"keys":[1]}'])(
    'that answers %s has no keys, and is not read for each token',
    async (text) => {
      server.removeAllListeners('request').on('request', (_, response: ServerResponse) => {
        reads++;
        response.end(text);
      });
      const verifier = verifierOf();
      const token = await sign({}, { alg: 'EdDSA', key: ed25519.privateKey });
      for (let count = 0; count < 20; count++)
        await expect(verifier.verify(token)).resolves.toEqual({ good: false, fault: 'keys-unavailable' });
      expect(reads).toBe(1);
    },
  );

  test('that never answers is not waited for longer than 5 seconds', async () => {
    server.removeAllListeners('request');
    const timeout = AbortSignal.timeout.bind(AbortSignal);
    const sooner = jest.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => timeout(ms / 100));
    const token = await sign({}, { alg: 'EdDSA', key: ed25519.privateKey });
    await expect(verifierOf().verify(token)).resolves.toEqual({ good: false, fault: 'keys-unavailable' });
    expect(sooner).toHaveBeenCalledWith(5_000);
    sooner.mockRestore();
    server.closeAllConnections();
  });

  test('with two keys that could be meant has both tried', async () => {
    const other = generateKeyPairSync('ed25519');
    jwks = { keys: [jwk(other.publicKey), jwk(ed25519.publicKey)] };
    const verifier = verifierOf();
    const token = await sign({}, { alg: 'EdDSA', key: ed25519.privateKey });
    await expect(verifier.verify(token)).resolves.toMatchObject({ good: true });
    const stranger = generateKeyPairSync('ed25519').privateKey;
    const forged = await sign({}, { alg: 'EdDSA', key: stranger });
    await expect(verifier.verify(forged)).resolves.toEqual({ good: false, fault: 'signature' });
    const ended = await sign({ exp: 1 }, { alg: 'EdDSA', key: ed25519.privateKey });
    await expect(verifier.verify(ended)).resolves.toEqual({ good: false, fault: 'expired' });
  });

  test('is used with the usual algorithm of a key, and with another one where that is said', async () => {
    jwks = { keys: [jwk(rsa.publicKey, 'a')] };
    const token = await sign({}, { alg: 'RS512', kid: 'a', key: rsa.privateKey });
    await expect(verifierOf().verify(token)).resolves.toMatchObject({ good: false });
    await expect(verifierOf(undefined, ['RS512']).verify(token)).resolves.toMatchObject({ good: true });
  });

  test('never gives a secret', async () => {
    jwks = { keys: [{ kty: 'oct', k: secretKey.toString('base64url'), kid: 's' }, jwk(rsa.publicKey, 'a')] };
    const token = await sign({}, { kid: 's' });
    await expect(verifierOf().verify(token)).resolves.toMatchObject({ good: false });
  });
});
