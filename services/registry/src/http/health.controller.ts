/** Liveness, readiness, metrics. */
import { setTimeout } from 'node:timers/promises';
import { Controller, Get, Header, HttpException, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { HealthCheckService, HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { Bus } from '@wscm/bus';
import type { FastifyReply } from 'fastify';
import { Needs } from '../access/scopes';
import { Metrics } from '../metrics';
import { MongoStore } from '../store/mongo-store';
import { BusStrategy } from '../transport/bus-strategy';

/** Whoever asks for readiness does not wait long. */
const PING_MS = 1_000;

@ApiExcludeController()
@Controller()
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly store: MongoStore,
    private readonly bus: Bus,
    private readonly strategy: BusStrategy,
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
    const result = await this.health
      .check([
        () => this.indicate('nats', this.bus.connected),
        () => this.indicate('consumer', this.strategy.ready),
        () => this.indicateMongo(),
      ])
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

  private indicate(name: string, fine: boolean): HealthIndicatorResult {
    const indicator = this.indicators.check(name);
    return fine ? indicator.up() : indicator.down();
  }

  private async indicateMongo(): Promise<HealthIndicatorResult> {
    const answered = this.store.ping().then(
      () => true,
      () => false,
    );
    const fine = await Promise.race([answered, setTimeout(PING_MS, false, { ref: false })]);
    return this.indicate('mongodb', fine);
  }
}
