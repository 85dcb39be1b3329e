/** Liveness, readiness, metrics. */
import { Controller, Get, Header, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { metricsText, Readiness } from '@wscm/runtime';
import type { FastifyReply } from 'fastify';
import { Needs } from '../access/scopes';
import { Metrics } from '../metrics';
import { UplinkThread } from '../uplink/uplink-thread';

@ApiExcludeController()
@Controller()
export class HealthController {
  constructor(
    private readonly readiness: Readiness,
    private readonly metrics: Metrics,
    private readonly uplink: UplinkThread,
  ) {}

  @Get('healthz')
  @Needs('open')
  healthz(): { status: string } {
    return { status: 'ok' };
  }

  @Get('readyz')
  @Needs('open')
  async readyz(@Res() reply: FastifyReply): Promise<void> {
    const report = await this.readiness.report();
    await reply.status(report.status === 'ok' ? 200 : 503).send(report);
  }

  @Get('metrics')
  @Needs('metrics')
  @Header('cache-control', 'no-store')
  async metricsText(@Res() reply: FastifyReply): Promise<void> {
    const { registry } = this.metrics;
    const texts = await Promise.all([metricsText(registry), this.uplink.metricsText()]);
    await reply.type(registry.contentType).send(texts.join(''));
  }
}
