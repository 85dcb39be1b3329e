/** Commands to the gateways, and their honest answers. */
import { Inject, Injectable } from '@nestjs/common';
import { Bus } from '@wscm/bus';
import {
  type BroadcastResult,
  contentTypes,
  type DisconnectRequest,
  disconnectReplySchema,
  type DisconnectResult,
  type Frame,
  parseReplyId,
  Problem,
  type SendResult,
  sendReplySchema,
  type Subjects,
} from '@wscm/contracts';
import type { z } from 'zod';
import { Metrics } from '../metrics';
import type { Settings } from '../settings';
import { GatewayLeases } from '../store/gateway-leases';
import { SETTINGS, SUBJECTS } from '../tokens';
import { BroadcastAnswers } from './broadcast-answers';
import { GatewayRequests } from './gateway-requests';
import { MissingClients } from './missing-clients';
import { faultOfFrame, LAPSED, outcomesOf } from './send-outcomes';
import { inRequestSpan } from './traced-request';

type CommandSettings = Pick<Settings, 'MAX_MESSAGE_BYTES' | 'COMMAND_TIMEOUT_MS'>;

/** So long a broadcast waits for MongoDB to tell who lives. */
const LIVING_MS = 250;

@Injectable()
export class Commander {
  constructor(
    private readonly bus: Bus,
    @Inject(SUBJECTS) private readonly subjects: Subjects,
    private readonly gateways: GatewayRequests,
    private readonly leases: GatewayLeases,
    private readonly missing: MissingClients,
    private readonly metrics: Metrics,
    @Inject(SETTINGS) private readonly settings: CommandSettings,
  ) {}

  /** Throws the problems `notFound`, `gone`, `tooBig`, `badRequest`, `gatewayUnreachable`, `unavailable`. */
  async send(replyId: string, frame: Frame): Promise<SendResult> {
    this.check(frame);
    const { result } = await this.ask('send', replyId, sendReplySchema, frame.data, headersOf(frame));
    this.metrics.sends.inc({ result });
    const [outcome] = await outcomesOf([result], [replyId], this.missing);
    if (!outcome || outcome instanceof Problem) throw outcome ?? new Problem('internal');
    return outcome;
  }

  /** Throws the problems `notFound`, `gone`, `gatewayUnreachable`, `unavailable`. */
  async disconnect(replyId: string, request: DisconnectRequest): Promise<DisconnectResult> {
    const { result } = await this.ask('disconnect', replyId, disconnectReplySchema, JSON.stringify(request));
    if (result === 'gone') throw new Problem('gone');
    if (result === 'unknown') throw (await this.missing.whyUnknown([replyId]))[0] ?? new Problem('notFound');
    if (result === 'lapsed') throw new Problem('gatewayUnreachable', LAPSED);
    return { result };
  }

  /**
   * Asks all gateways at once, and MongoDB at the same time which of them live; waits for these, or where none does for its
   * time. Where MongoDB does not tell soon, those count that lived when it told last.
   */
  async broadcast(frame: Frame): Promise<BroadcastResult> {
    this.check(frame);
    const answers = new BroadcastAnswers();
    const asked = this.askAll(frame, answers);
    // Begun after it, so that what it takes does not hold up the command.
    const expected = this.leases.livingIds(LIVING_MS).then((gatewayIds) => answers.expect(gatewayIds));
    await Promise.all([asked, expected]);
    this.metrics.broadcasts.inc();
    const result = answers.result();
    this.metrics.commandTimeouts.inc({ command: 'broadcast' }, result.unreachable.length);
    return result;
  }

  private async askAll(frame: Frame, answers: BroadcastAnswers): Promise<void> {
    const askedAt = performance.now();
    const subject = this.subjects.commandToAll('broadcast');
    const options = {
      timeoutMs: this.settings.COMMAND_TIMEOUT_MS,
      onReply: (data: Uint8Array) => answers.take(data),
      enough: answers.complete,
    };
    await inRequestSpan('broadcast', subject, headersOf(frame), (headers) =>
      this.bus.requestAll(subject, frame.data, { ...options, headers }),
    );
    this.metrics.secondsOf.broadcast.observe((performance.now() - askedAt) / 1000);
  }

  private check(frame: Frame): void {
    const fault = faultOfFrame(frame, this.settings.MAX_MESSAGE_BYTES);
    if (fault) throw fault;
  }

  private async ask<S extends z.ZodType>(
    verb: 'send' | 'disconnect',
    replyId: string,
    reply: S,
    data: Uint8Array | string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<z.infer<S>> {
    const owner = parseReplyId(replyId);
    if (!owner) throw new Problem('notFound');
    const subject = this.subjects.command(verb, owner);
    const answer = await this.gateways.ask({ command: verb, subject, replyIds: [replyId], data, headers, reply });
    if (Array.isArray(answer)) throw answer[0] ?? new Problem('internal');
    return answer.reply;
  }
}

const HEADERS = { text: { 'content-type': contentTypes.text }, binary: { 'content-type': contentTypes.binary } };

const headersOf = ({ type }: Frame): Readonly<Record<string, string>> => HEADERS[type];
