/** Liveness, readiness, metrics. */
import { Controller, Get, Header, HttpException, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { HealthCheckService, HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import type { FastifyReply } from 'fastify';
import { Needs } from '../access/scopes';
import { Metrics } from '../metrics';
import { type Checks, Readiness } from '../readiness';

@ApiExcludeController()
@Controller()
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
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
    const checks = await this.readiness.check();
    const result = await this.health
      .check((['nats', 'consumer', 'mongodb'] as const).map((name) => () => this.indicate(name, checks)))
      .catch((error: unknown) => (error instanceof HttpException ? error.getResponse() : undefined));
    const fine = (result as { status?: string } | undefined)?.status === 'ok';
    await reply.status(fine ? 200 : 503).send(result);
  }

  @Get('metrics')
  @Needs('metrics')
  @Header('cache-control', 'no-store')
  async metricsText(@Res() reply: FastifyReply): Promise<void> {
    await reply.type(this.metrics.registry.contentType).send(await this.metrics.registry.metrics());
  }

  private indicate(name: keyof Checks, checks: Checks): HealthIndicatorResult {
    const indicator = this.indicators.check(name);
    return checks[name] ? indicator.up() : indicator.down();
  }
}
