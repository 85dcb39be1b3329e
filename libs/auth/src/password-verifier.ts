/**
 * Names and passwords against bcrypt hashes. An unknown user takes as long as a wrong password. What was right lately is
 * known again without bcrypt, so that many clients that come back at once are let in at once.
 */
import { createHmac, randomBytes } from 'node:crypto';
import type { Credentials } from './authorization-header';
import { BcryptWorker } from './bcrypt-worker';
import { decoyFor } from './password-file';

export interface PasswordVerifierOptions {
  /** So many comparisons may wait at a time; further ones are answered `busy`. */
  maxPending?: number;
  /** How long right credentials are known again, and how many of them. */
  cacheMs?: number;
  cacheSize?: number;
}

export type PasswordVerdict = 'good' | 'bad' | 'busy';

export class PasswordVerifier {
  private readonly bcrypt = new BcryptWorker();
  private readonly secret = randomBytes(32);
  /** By a keyed digest of user and password: until when they are known to be right. The oldest first. */
  private readonly known = new Map<string, number>();
  private readonly underWay = new Map<string, Promise<PasswordVerdict>>();
  private hashes = new Map<string, string>();
  private readonly options: Required<PasswordVerifierOptions>;

  constructor(hashes: Map<string, string>, options: PasswordVerifierOptions = {}) {
    this.options = { maxPending: 64, cacheMs: 60_000, cacheSize: 10_000, ...options };
    this.replace(hashes);
  }

  /** Other users from now on; whose password has changed must give the new one. */
  replace(hashes: Map<string, string>): void {
    this.hashes = hashes;
    this.known.clear();
    this.underWay.clear();
  }

  /** Resolves with `busy` where so many are waiting that nothing was compared; never rejects. */
  verify(credentials: Credentials): Promise<PasswordVerdict> {
    const digest = this.digestOf(credentials);
    if ((this.known.get(digest) ?? 0) > performance.now()) return Promise.resolve('good');
    const before = this.underWay.get(digest);
    if (before) return before;
    if (this.bcrypt.pending >= this.options.maxPending) return Promise.resolve('busy');
    const verdict = this.compare(credentials, digest);
    this.underWay.set(digest, verdict);
    return verdict;
  }

  /** Ends the thread; whoever still waits is told `busy`. */
  close(): Promise<void> {
    return this.bcrypt.close();
  }

  private async compare({ user, password }: Credentials, digest: string): Promise<PasswordVerdict> {
    const { hashes } = this;
    try {
      const same = await this.bcrypt.compare(password, hashes.get(user) ?? this.decoyFor(user));
      if (!same || !hashes.has(user)) return 'bad';
      if (hashes === this.hashes) this.remember(digest);
      return 'good';
    } catch {
      return 'busy';
    } finally {
      this.underWay.delete(digest);
    }
  }

  private decoyFor(user: string): string {
    const draw = createHmac('sha256', this.secret).update(user).digest().readUInt32BE() / 2 ** 32;
    return decoyFor(this.hashes, draw);
  }

  private remember(digest: string): void {
    this.known.delete(digest);
    this.known.set(digest, performance.now() + this.options.cacheMs);
    const [oldest] = this.known.keys();
    if (oldest !== undefined && this.known.size > this.options.cacheSize) this.known.delete(oldest);
  }

  /** A copy of the memory shows no password. */
  private digestOf({ user, password }: Credentials): string {
    return createHmac('sha256', this.secret).update(`${user}:${password}`).digest('base64');
  }
}
