/** Many sends in one request: one command to each gateway involved, and an honest result for each target. */
import { Inject, Injectable } from '@nestjs/common';
import { Bus } from '@wscm/bus';
import {
  type BulkPart,
  bulkSendReplySchema,
  type BulkSendRequest,
  type BulkSendResult,
  encodeBulkSend,
  type Frame,
  parseReplyId,
  Problem,
  splitBulkSend,
  type Subjects,
} from '@wscm/contracts';
import type { Logger } from '@wscm/runtime';
import { Metrics } from '../metrics';
import type { Settings } from '../settings';
import { LOGGER, SETTINGS, SUBJECTS } from '../tokens';
import { toProblem } from '../transport/to-problem';
import { GatewayRequests } from './gateway-requests';
import { MissingClients } from './missing-clients';
import { faultOfFrame, LAPSED, outcomesOf, type SendOutcome } from './send-outcomes';

/** A message to one client; `outcome` once it is known. */
interface Send {
  replyId: string;
  frame: Frame;
  outcome?: SendOutcome;
}

@Injectable()
export class BulkSender {
  constructor(
    private readonly bus: Bus,
    @Inject(SUBJECTS) private readonly subjects: Subjects,
    private readonly gateways: GatewayRequests,
    private readonly missing: MissingClients,
    private readonly metrics: Metrics,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'MAX_MESSAGE_BYTES'>,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  /** Each target is told what the same send alone would be answered: one that fails holds up no other. */
  async send({ messages }: BulkSendRequest): Promise<BulkSendResult> {
    const sends = messages.flatMap(({ to, type, message }) => {
      const frame: Frame = { type, data: Buffer.from(message, type === 'text' ? 'utf8' : 'base64') };
      const fault = faultOfFrame(frame, this.settings.MAX_MESSAGE_BYTES);
      return to.map((replyId): Send => ({ replyId, frame, ...(fault ? { outcome: fault } : {}) }));
    });
    await Promise.all([...byGateway(sends)].map(([gatewayId, some]) => this.sendTo(gatewayId, some)));
    return { results: sends.map(({ replyId, outcome }) => ({ replyId, ...told(outcome) })) };
  }

  private async sendTo(gatewayId: string, sends: readonly Send[]): Promise<void> {
    const chunks = splitBulkSend(partsOf(sends), this.bus.maxBytes);
    let from = 0;
    await Promise.all(
      chunks.map((parts) => {
        const some = sends.slice(from, (from += parts.reduce((sum, { socketIds }) => sum + socketIds.length, 0)));
        return this.sendChunk(gatewayId, parts, some);
      }),
    );
  }

  private async sendChunk(gatewayId: string, parts: BulkPart[], sends: readonly Send[]): Promise<void> {
    const outcomes = await this.outcomesOf(gatewayId, parts, sends).catch((error: unknown) => {
      const problem = toProblem(error, this.log);
      return sends.map((): SendOutcome => problem);
    });
    for (const [index, send] of sends.entries()) send.outcome = outcomes[index] ?? new Problem('internal');
  }

  private async outcomesOf(gatewayId: string, parts: BulkPart[], sends: readonly Send[]): Promise<SendOutcome[]> {
    const replyIds = sends.map(({ replyId }) => replyId);
    const answer = await this.gateways.ask({
      command: 'bulkSend',
      subject: this.subjects.commandToGateway('bulkSend', gatewayId),
      data: encodeBulkSend(parts),
      reply: bulkSendReplySchema,
      replyIds,
    });
    if (Array.isArray(answer)) return answer;
    const { reply } = answer;
    if ('result' in reply) return sends.map(() => new Problem('gatewayUnreachable', LAPSED));
    if (reply.results.length !== sends.length) throw new Error(`${gatewayId} answered for another number of sends`);
    for (const result of reply.results) this.metrics.sends.inc({ result });
    return outcomesOf(reply.results, replyIds, this.missing);
  }
}

/** Those that are still to be sent, in their order. A replyId that is none has no gateway, and its outcome is told. */
function byGateway(sends: readonly Send[]): Map<string, Send[]> {
  const found = new Map<string, Send[]>();
  for (const send of sends) {
    if (send.outcome) continue;
    const gatewayId = parseReplyId(send.replyId)?.gatewayId;
    if (gatewayId === undefined) {
      send.outcome = new Problem('notFound');
      continue;
    }
    const others = found.get(gatewayId);
    if (others) others.push(send);
    else found.set(gatewayId, [send]);
  }
  return found;
}

/** Neighbours with the same message share it. */
function partsOf(sends: readonly Send[]): BulkPart[] {
  const parts: BulkPart[] = [];
  for (const { replyId, frame } of sends) {
    const socketId = replyId.slice(replyId.indexOf('.') + 1);
    const last = parts.at(-1);
    if (last?.frame === frame) last.socketIds.push(socketId);
    else parts.push({ frame, socketIds: [socketId] });
  }
  return parts;
}

function told(outcome: SendOutcome = new Problem('internal')): Omit<BulkSendResult['results'][number], 'replyId'> {
  if (!(outcome instanceof Problem)) return { status: 200, ...outcome };
  const { status, title, detail } = outcome.toDetails();
  return { status, title, ...(detail === undefined ? {} : { detail }) };
}
