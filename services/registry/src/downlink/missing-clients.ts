/** Why a client could not be reached, as far as the documents tell. */
import { Inject, Injectable } from '@nestjs/common';
import { parseReplyId, Problem } from '@wscm/contracts';
import type { Settings } from '../settings';
import { GatewayLeases } from '../store/gateway-leases';
import { MongoStore } from '../store/mongo-store';
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

  /** Its gateway did not answer: known to be gone, or not to be known yet. */
  async whyUnanswered(replyId: string, failure: 'noResponders' | 'timeout'): Promise<Problem> {
    const client = await this.find(replyId);
    if (client?.state === 'closed' || client?.state === 'lost') return new Problem('gone');
    if (!client && !(await this.isLivingGateway(replyId))) return new Problem('notFound');
    return failure === 'noResponders'
      ? new Problem('gatewayUnreachable')
      : new Problem('gatewayUnreachable', 'no answer in time; it may have been carried out');
  }

  private async find(replyId: string) {
    return this.store.clients.findOne({ _id: this.settings.CLIENT_KEY_PREFIX + replyId }, { projection: { state: 1 } });
  }

  private async isLivingGateway(replyId: string): Promise<boolean> {
    const gateway = await this.leases.find(parseReplyId(replyId)?.gatewayId ?? '');
    return gateway?.state === 'alive';
  }
}
