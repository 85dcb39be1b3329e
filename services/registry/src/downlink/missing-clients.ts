/** Why a client could not be reached, as far as the documents tell. */
import { Inject, Injectable } from '@nestjs/common';
import { parseReplyId, Problem } from '@wscm/contracts';
import type { Settings } from '../settings';
import { GatewayLeases } from '../store/gateway-leases';
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
  async whyUnknown(replyId: string): Promise<Problem> {
    return new Problem((await this.find(replyId)) ? 'gone' : 'notFound');
  }

  /** Nobody listens where its gateway would: known to be gone, or not to be known yet. */
  async whyUnheard(replyId: string): Promise<Problem> {
    const client = await this.find(replyId);
    if (client?.state === 'closed' || client?.state === 'lost') return new Problem('gone');
    if (!client && !(await this.mayComeBack(replyId))) return new Problem('notFound');
    return new Problem('gatewayUnreachable');
  }

  /**
   * Its gateway got what was asked, perhaps, and did not answer in time. Only of a client that had ended before is it sure
   * that nothing was carried out. `askedAt`: by `performance.now()`.
   */
  async whyUnanswered(replyId: string, askedAt: number): Promise<Problem> {
    const client = await this.find(replyId);
    const endedForMs = client?.endedForMs ?? -1;
    return endedForMs > performance.now() - askedAt
      ? new Problem('gone')
      : new Problem('gatewayUnreachable', 'no answer in time; it may have been carried out');
  }

  /** `endedForMs`: how long ago it was stored as closed or lost, by MongoDB's clock alone; null while it is neither. */
  private async find(replyId: string): Promise<{ state?: ClientState; endedForMs: number | null } | null> {
    return this.store.clients.findOne<{ state?: ClientState; endedForMs: number | null }>(
      { _id: this.settings.CLIENT_KEY_PREFIX + replyId },
      { projection: { state: 1, endedForMs: { $subtract: ['$$NOW', '$sync.endedAt'] } } },
    );
  }

  /** A gateway that is cut off may have greeted clients of which nobody has heard yet. */
  private async mayComeBack(replyId: string): Promise<boolean> {
    const gateway = await this.leases.find(parseReplyId(replyId)?.gatewayId ?? '');
    return gateway?.state === 'alive' || gateway?.state === 'lost';
  }
}
