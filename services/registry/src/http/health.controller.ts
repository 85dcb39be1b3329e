/** Liveness, readiness, metrics. */
import { Controller, Get, Header, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { metricsText, Readiness } from '@wscm/runtime';
import type { FastifyReply } from 'fastify';
import { Needs } from '../access/scopes';
import { Metrics } from '../metrics';

@ApiExcludeController()
@Controller()
export class HealthController {
  constructor(
    private readonly readiness: Readiness,
    private readonly metrics: Metrics,
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
    await reply.type(this.metrics.registry.contentType).send(await metricsText(this.metrics.registry));
  }
}
