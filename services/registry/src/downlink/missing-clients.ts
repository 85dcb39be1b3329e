/** Why clients of one gateway could not be reached, as far as the documents tell. */
import { Inject, Injectable } from '@nestjs/common';
import { parseReplyId, Problem } from '@wscm/contracts';
import type { Settings } from '../settings';
import { GatewayLeases } from '../store/gateway-leases';
import { isUnavailable } from '../store/mongo-errors';
import { MongoStore } from '../store/mongo-store';
import type { ClientState } from '../store/documents';
import { SETTINGS } from '../tokens';

@Injectable()
export class MissingClients {
  constructor(
    private readonly store: MongoStore,
    private readonly leases: GatewayLeases,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'CLIENT_KEY_PREFIX'>,
  ) {}

  /** Its gateway has no such socket: it has closed, or has never been. */
  async whyUnknown(replyIds: readonly string[]): Promise<Problem[]> {
    const found = await this.find(replyIds);
    return found.map((client) => new Problem(client ? 'gone' : 'notFound'));
  }

  /** Nobody listens where its gateway would: known to be gone, or not to be known yet. */
  async whyUnheard(replyIds: readonly string[]): Promise<Problem[]> {
    const found = await this.find(replyIds);
    const mayComeBack = await this.mayComeBack(replyIds[0] ?? '');
    return found.map((client) => {
      if (client?.state === 'closed' || client?.state === 'lost') return new Problem('gone');
      return new Problem(client || mayComeBack ? 'gatewayUnreachable' : 'notFound');
    });
  }

  /**
   * Its gateway got what was asked, perhaps, and did not answer in time. Only of a client that had ended before is it sure
   * that nothing was carried out. `askedAt`: by `performance.now()`.
   */
  async whyUnanswered(replyIds: readonly string[], askedAt: number): Promise<Problem[]> {
    // Without the documents nothing is sure.
    const found = await this.find(replyIds).catch((error: unknown) => {
      if (isUnavailable(error)) return replyIds.map(() => undefined);
      throw error;
    });
    const passedMs = performance.now() - askedAt;
    return found.map((client) =>
      (client?.endedForMs ?? -1) > passedMs
        ? new Problem('gone')
        : new Problem('gatewayUnreachable', 'no answer in time; it may have been carried out'),
    );
  }

  private async find(replyIds: readonly string[]): Promise<(Found | undefined)[]> {
    const ids = replyIds.map((replyId) => this.settings.CLIENT_KEY_PREFIX + replyId);
    const endedForMs = { $subtract: ['$$NOW', '$sync.endedAt'] };
    const projection = { state: 1, endedForMs };
    const found = await this.store.within((option) =>
      this.store.clients.find<Found>({ _id: { $in: ids } }, { projection, ...option }).toArray(),
    );
    const byId = new Map(found.map((client) => [client._id, client]));
    return ids.map((id) => byId.get(id));
  }

  /** A gateway that is cut off may have greeted clients of which nobody has heard yet. */
  private async mayComeBack(replyId: string): Promise<boolean> {
    const gateway = await this.leases.find(parseReplyId(replyId)?.gatewayId ?? '');
    return gateway?.state === 'alive' || gateway?.state === 'lost';
  }
}

/** `endedForMs`: how long ago it was stored as closed or lost, by MongoDB's clock alone; null while it is neither. */
interface Found {
  _id: string;
  state?: ClientState;
  endedForMs: number | null;
}
