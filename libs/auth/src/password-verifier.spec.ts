/** Who gives the right password. */
import { hashSync } from 'bcryptjs';
import { decoyFor, parsePasswordFile } from './password-file';
import { PasswordVerifier, type PasswordVerifierOptions } from './password-verifier';

const hashOf = (password: string, cost = 4): string => hashSync(password, cost);

describe('a password file', () => {
  test('has a user and a hash in each line, and comments', () => {
    const [ann, bob] = [hashOf('a').replace('$2b$', '$2y$'), hashOf('b')];
    const hashes = parsePasswordFile(`# users\r\nann:${ann}\r\n\nbob:${bob}\n`);
    expect([...hashes]).toEqual([
      ['ann', ann],
      ['bob', bob],
    ]);
  });

  test.each<[string, string, RegExp]>([
    ['no line', '\n# nobody\n', /no user/],
    ['a line without hash', 'ann', /^line 1: must be user:hash/],
    ['a line without user', `bob:${hashOf('b')}\n:${hashOf('a')}`, /^line 2: /],
    ['a plain password', 'ann:secret', /^line 1: must have a bcrypt hash/],
    ['MD5', 'ann:$apr1$abcdefgh$0123456789012345678901', /bcrypt/],
    ['SHA-1', 'ann:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=', /bcrypt/],
    ['a cut hash', `ann:${hashOf('a').slice(0, -1)}`, /bcrypt/],
    ['a user twice', `ann:${hashOf('a')}\nann:${hashOf('b')}`, /^line 2: the user was named before/],
    ['a cost that there is not', `ann:${hashOf('a').replace('$04$', '$03$')}`, /cost/],
    ['a cost that takes minutes', `ann:${hashOf('a').replace('$04$', '$20$')}`, /cost/],
  ])('with %s is refused', (_, text, message) => {
    expect(() => parsePasswordFile(text)).toThrow(message);
    expect(() => parsePasswordFile(text)).not.toThrow(/secret|apr1|SHA/);
  });
});

test('users that there are not seem to have hashes of all the costs that there are', () => {
  const hashes = new Map([
    ['ann', hashOf('a', 5)],
    ...['bob', 'eve', 'joe'].map((user) => [user, hashOf('b', 4)] as const),
  ]);
  const costs = [0, 0.24, 0.25, 0.99].map((draw) => decoyFor(hashes, draw).slice(0, 7));
  expect(costs).toEqual(['$2b$05$', '$2b$05$', '$2b$04$', '$2b$04$']);
});

describe('a password', () => {
  let verifier: PasswordVerifier;
  const verifierOf = (users: Record<string, string>, options?: PasswordVerifierOptions): PasswordVerifier =>
    (verifier = new PasswordVerifier(new Map(Object.entries(users)), options));
  afterEach(() => verifier.close());

  const verdicts = (...given: [string, string][]) =>
    Promise.all(given.map(([user, password]) => verifier.verify({ user, password })));

  test('is good where its user has it', async () => {
    verifierOf({ ann: hashOf('secret'), bob: hashOf('pässwörd €').replace('$2b$', '$2y$') });
    await expect(verdicts(['ann', 'secret'], ['bob', 'pässwörd €'])).resolves.toEqual(['good', 'good']);
    await expect(
      verdicts(['ann', 'pässwörd €'], ['bob', 'secret'], ['ann', ''], ['ann', 'Secret'], ['eve', 'secret'], ['', '']),
    ).resolves.toEqual(Array(6).fill('bad'));
  });

  test('of an unknown user takes as long as a wrong one', async () => {
    verifierOf({ ann: hashOf('secret', 10) });
    await verdicts(['ann', 'warm up']);
    const quickest = { ann: Infinity, eve: Infinity };
    for (let count = 0; count < 5; count++) {
      for (const user of ['ann', 'eve'] as const) {
        const started = performance.now();
        await verdicts([user, `wrong-${count}`]);
        quickest[user] = Math.min(quickest[user], performance.now() - started);
      }
    }
    expect(quickest.eve / quickest.ann).toBeGreaterThan(0.4);
  });

  test('of an unknown user takes as long each time, and of others as long as other users’', () => {
    verifierOf({ ann: hashOf('a', 4), bob: hashOf('b', 5) });
    const costsOf = (users: string[]) => new Set(users.map((user) => verifier['decoyFor'](user).slice(0, 7)));
    expect(costsOf(Array<string>(50).fill('eve')).size).toBe(1);
    expect(costsOf(Array.from({ length: 50 }, (_, index) => `eve-${index}`)).size).toBe(2);
  });

  test('is compared once for many clients that come at once or soon after', async () => {
    verifierOf({ ann: hashOf('secret', 10) });
    await verdicts(['ann', 'wrong']);
    const started = performance.now();
    const many = Array.from({ length: 500 }, (): [string, string] => ['ann', 'secret']);
    for (let count = 0; count < 3; count++) await expect(verdicts(...many)).resolves.toEqual(Array(500).fill('good'));
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  test('holds up nothing else while it is compared', async () => {
    verifierOf({ ann: hashOf('secret', 12) });
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    await verdicts(['ann', 'wrong']);
    clearInterval(timer);
    expect(turns).toBeGreaterThan(10);
  });

  test('is not compared where too many wait', async () => {
    verifierOf({ ann: hashOf('secret') }, { maxPending: 2 });
    const given = Array.from({ length: 5 }, (_, index): [string, string] => ['ann', `wrong-${index}`]);
    await expect(verdicts(...given)).resolves.toEqual(['bad', 'bad', 'busy', 'busy', 'busy']);
    await expect(verdicts(['ann', 'secret'])).resolves.toEqual(['good']);
  });

  test('that is changed while it is compared is good no more', async () => {
    verifierOf({ ann: hashOf('old', 8) });
    const before = verifier.verify({ user: 'ann', password: 'old' });
    verifier.replace(new Map([['ann', hashOf('new', 8)]]));
    const after = verifier.verify({ user: 'ann', password: 'old' });
    await before;
    await expect(after).resolves.toBe('bad');
    await expect(verdicts(['ann', 'old'])).resolves.toEqual(['bad']);
  });

  test('that was right lately is remembered so long, and so many', async () => {
    verifierOf({ ann: hashOf('a'), bob: hashOf('b') }, { cacheMs: 60_000, cacheSize: 1 });
    await verdicts(['ann', 'a']);
    await verdicts(['bob', 'b']);
    expect(verifier['known'].size).toBe(1);
    await verifier.close();
    await expect(verdicts(['ann', 'a'], ['bob', 'b'])).resolves.toEqual(['busy', 'good']);
    const brief = verifierOf({ ann: hashOf('a') }, { cacheMs: 0 });
    await expect(verdicts(['ann', 'a'])).resolves.toEqual(['good']);
    await brief.close();
    await expect(verdicts(['ann', 'a'])).resolves.toEqual(['busy']);
  });

  test('that was changed is good no more', async () => {
    verifierOf({ ann: hashOf('old') });
    await expect(verdicts(['ann', 'old'])).resolves.toEqual(['good']);
    verifier.replace(new Map([['ann', hashOf('new')]]));
    await expect(verdicts(['ann', 'old'], ['ann', 'new'])).resolves.toEqual(['bad', 'good']);
  });
});
