/** Decides who may connect: from where, how many, and who. What costs least is asked first. */
import type { Authenticator } from './authenticator';
import type { Identity, Refusal } from './identity';
import type { OriginCheck } from './origins';
import type { UpgradeRequest } from './upgrade-request';

export interface DoorkeeperParts {
  authenticator: Authenticator;
  fromAllowedOrigin: OriginCheck;
}

export class Doorkeeper {
  constructor(private readonly parts: DoorkeeperParts) {}

  /** What a 401 asks for. */
  get challenge(): string {
    return this.parts.authenticator.challenge;
  }

  /** At once where nothing has to be waited for. Never rejects. */
  admit(request: UpgradeRequest): Identity | Refusal | Promise<Identity | Refusal> {
    if (!this.parts.fromAllowedOrigin(request)) return { refused: 'origin' };
    return this.parts.authenticator.identify(request);
  }

  close(): Promise<void> {
    return this.parts.authenticator.close();
  }
}
