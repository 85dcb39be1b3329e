/** What is asked of the gateway that owns clients, and why there was no answer. */
import { Inject, Injectable } from '@nestjs/common';
import { Bus, BusError, type BusFailure } from '@wscm/bus';
import type { Problem } from '@wscm/contracts';
import type { z } from 'zod';
import { Metrics, unanswered } from '../metrics';
import type { Settings } from '../settings';
import { SETTINGS } from '../tokens';
import { MissingClients } from './missing-clients';
import { inRequestSpan } from './traced-request';

export interface GatewayRequest<S extends z.ZodType> {
  /** As the metrics call it. */
  command: 'send' | 'bulkSend' | 'disconnect';
  subject: string;
  /** The clients that it is about, all of one gateway. */
  replyIds: readonly string[];
  data: Uint8Array | string;
  headers?: Readonly<Record<string, string>>;
  reply: S;
}

@Injectable()
export class GatewayRequests {
  constructor(
    private readonly bus: Bus,
    private readonly missing: MissingClients,
    private readonly metrics: Metrics,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'COMMAND_TIMEOUT_MS'>,
  ) {}

  /** The answer; or, where there was none, for each client what to tell. Rejects where the bus or MongoDB is away. */
  async ask<S extends z.ZodType>(request: GatewayRequest<S>): Promise<{ reply: z.infer<S> } | Problem[]> {
    const { replyIds, reply } = request;
    const askedAt = performance.now();
    try {
      return { reply: reply.parse(parseJson(await this.timed(request))) };
    } catch (error) {
      if (!(error instanceof BusError)) throw error;
      this.countUnanswered(request, error.failure);
      if (error.failure === 'noResponders') return this.missing.whyUnheard(replyIds);
      if (error.failure === 'timeout') return this.missing.whyUnanswered(replyIds, askedAt);
      throw error;
    }
  }

  private async timed({ command, subject, data, headers = {} }: GatewayRequest<z.ZodType>): Promise<Uint8Array> {
    const askedAt = performance.now();
    const timeoutMs = this.settings.COMMAND_TIMEOUT_MS;
    try {
      return await inRequestSpan(command, subject, headers, (all) =>
        this.bus.request(subject, data, { headers: all, timeoutMs }),
      );
    } finally {
      this.metrics.secondsOf[command].observe((performance.now() - askedAt) / 1000);
    }
  }

  private countUnanswered({ command, replyIds }: GatewayRequest<z.ZodType>, failure: BusFailure): void {
    if (command !== 'disconnect') this.metrics.sends.inc({ result: unanswered[failure] }, replyIds.length);
    if (failure === 'timeout') this.metrics.commandTimeouts.inc({ command });
  }
}

export const parseJson = (data: Uint8Array): unknown => JSON.parse(Buffer.from(data).toString()) as unknown;
