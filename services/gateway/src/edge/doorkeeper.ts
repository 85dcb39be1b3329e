/** Decides who may connect: from where, how many, and who. What costs least is asked first. */
import type { Authenticator } from './authenticator';
import type { ConnectLimits } from './connect-limits';
import type { Identity, Refusal } from './identity';
import type { OriginCheck } from './origins';
import type { UpgradeRequest } from './upgrade-request';

export interface DoorkeeperParts {
  authenticator: Authenticator;
  fromAllowedOrigin: OriginCheck;
  limits: ConnectLimits;
  maxHeaderBytes: number;
}

export class Doorkeeper {
  constructor(private readonly parts: DoorkeeperParts) {}

  /** What a 401 asks for. */
  get challenge(): string {
    return this.parts.authenticator.challenge;
  }

  /** At once where nothing has to be waited for. Never rejects. */
  admit(request: UpgradeRequest): Identity | Refusal | Promise<Identity | Refusal> {
    const { limits, maxHeaderBytes } = this.parts;
    if (sizeOf(request) > maxHeaderBytes) return { refused: 'head-too-large' };
    if (!asksForUpgrade(request)) return { refused: 'no-upgrade' };
    const excess = limits.attempt(request.remoteAddress);
    if (excess) return { refused: excess };
    if (!this.parts.fromAllowedOrigin(request)) return { refused: 'origin' };
    return this.parts.authenticator.identify(request);
  }

  /** Of those that are open. */
  get limits(): ConnectLimits {
    return this.parts.limits;
  }

  close(): Promise<void> {
    return this.parts.authenticator.close();
  }
}

/** RFC 6455, section 4.2.1; what the library itself looks for is the key. */
const asksForUpgrade = ({ headers }: UpgradeRequest): boolean =>
  /(?:^|,)[\t ]*upgrade[\t ]*(?:,|$)/i.test(headers['connection'] ?? '');

function sizeOf({ path, query, headers }: UpgradeRequest): number {
  let size = path.length + query.length;
  for (const name in headers) size += name.length + (headers[name]?.length ?? 0);
  return size;
}
