/** Who a client is, by the means that the settings allow: any of them that succeeds lets it in. */
import { basicCredentialsOf, bearerTokenOf, type PasswordVerifier, type TokenVerifier } from '@wscm/auth';
import { claimsOf } from './claims';
import { ANYBODY, type Identity, isRefusal, type Refusal, type RefusalReason } from './identity';
import { readSubprotocols } from './subprotocols';
import type { UpgradeRequest } from './upgrade-request';

export interface PasswordsPart {
  verifier: PasswordVerifier;
  /** Ends that the users are read again when their file changes. */
  unwatch: () => void;
}

export interface TokensPart {
  verifier: TokenVerifier;
  queryParameter: string;
  userClaim: string;
  /** The claims that are passed on. */
  claims: readonly string[];
}

export interface AuthenticatorParts {
  /** Lets in also whoever proves nothing. */
  anonymous: boolean;
  passwords: PasswordsPart | undefined;
  tokens: TokensPart | undefined;
}

type Verdict = Identity | Refusal;

export class Authenticator {
  /** What a 401 asks for, as in RFC 9110, section 11.6.1. */
  readonly challenge: string;

  constructor(private readonly parts: AuthenticatorParts) {
    const schemes = [parts.passwords && 'Basic realm="wscm", charset="UTF-8"', parts.tokens && 'Bearer realm="wscm"'];
    this.challenge = schemes.filter(Boolean).join(', ');
  }

  /** At once where there is nothing to check. */
  identify(request: UpgradeRequest): Verdict | Promise<Verdict> {
    if (!this.parts.passwords && !this.parts.tokens) return this.withoutProof();
    const checks = [...this.passwordChecks(request), ...this.tokenChecks(request)];
    if (checks.length > 0) return this.firstThatSucceeds(checks);
    return this.withoutProof();
  }

  private withoutProof(): Verdict {
    return this.parts.anonymous ? ANYBODY : { refused: 'no-credentials' };
  }

  async close(): Promise<void> {
    this.parts.passwords?.unwatch();
    await this.parts.passwords?.verifier.close();
  }

  private async firstThatSucceeds(checks: (() => Promise<Verdict>)[]): Promise<Verdict> {
    let refusal: Refusal = { refused: 'no-credentials' };
    for (const check of checks) {
      const verdict = await check();
      if (!isRefusal(verdict)) return verdict;
      refusal = verdict;
    }
    return this.parts.anonymous ? ANYBODY : refusal;
  }

  private passwordChecks({ headers }: UpgradeRequest): (() => Promise<Verdict>)[] {
    const { passwords } = this.parts;
    const credentials = passwords && basicCredentialsOf(headers['authorization'] ?? '');
    if (!credentials) return [];
    return [
      async () => {
        const verdict = await passwords.verifier.verify(credentials);
        if (verdict === 'good') return { user: credentials.user, expiresAt: Infinity };
        return { refused: verdict === 'busy' ? 'busy' : 'password' };
      },
    ];
  }

  private tokenChecks(request: UpgradeRequest): (() => Promise<Verdict>)[] {
    const { tokens } = this.parts;
    if (!tokens) return [];
    return tokensIn(request, tokens.queryParameter).map((token) => () => this.verifyToken(token));
  }

  private async verifyToken(token: string): Promise<Verdict> {
    const { tokens } = this.parts;
    if (!tokens) return { refused: 'token' };
    const verdict = await tokens.verifier.verify(token);
    if (!verdict.good) return { refused: REASONS[verdict.fault] ?? 'token' };
    const user = userOf(verdict.claims[tokens.userClaim]);
    const claims = claimsOf(verdict.claims, tokens.claims);
    if (user === undefined || claims === undefined) return { refused: 'token' };
    return { user, expiresAt: verdict.expiresAt, ...(tokens.claims.length > 0 && { claims }) };
  }
}

const REASONS: Record<string, RefusalReason> = { expired: 'token-expired', 'keys-unavailable': 'keys-unavailable' };

/** The same token at two places is checked once. */
function tokensIn({ headers, query }: UpgradeRequest, queryParameter: string): string[] {
  const found = [
    bearerTokenOf(headers['authorization'] ?? ''),
    readSubprotocols(headers['sec-websocket-protocol']).token,
    query ? new URLSearchParams(query).get(queryParameter) : undefined,
  ];
  return [...new Set(found.filter((token): token is string => !!token))];
}

/** Null for a token that names nobody; undefined where what it names can't be a user. */
function userOf(claim: unknown): string | null | undefined {
  if (claim === undefined || claim === null) return null;
  if (typeof claim === 'number') return String(claim);
  return typeof claim === 'string' && claim !== '' && claim.length <= 256 ? claim : undefined;
}
