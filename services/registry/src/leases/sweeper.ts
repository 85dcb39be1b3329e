/** Deletes what remains of clients and gateways that have long left, when nothing of them can still come. */
import { Inject, Injectable } from '@nestjs/common';
import { Bus, consumerProgress, streamState } from '@wscm/bus';
import type { Subjects } from '@wscm/contracts';
import type { Logger } from '@wscm/runtime';
import type { Settings } from '../settings';
import { MongoStore } from '../store/mongo-store';
import { LOGGER, SETTINGS, SUBJECTS } from '../tokens';

const PERIOD_MS = 30_000;

/**
 * Longer than events stay in the stream, so that none of them makes a gateway anew. And a gateway may be cut off for
 * long: as long as it is remembered, it is told that it was lost, and announces its living sockets again.
 */
const GATEWAY_TTL_MS = 7 * 24 * 3_600_000;

/**
 * A gateway that was cut off tells the numbers of its living clients when it is back, not their last messages: those of a
 * lost client are kept for so long.
 */
const LOST_TTL_MS = 24 * 3_600_000;

@Injectable()
export class Sweeper {
  private timer: NodeJS.Timeout | undefined;
  private round: Promise<void> = Promise.resolve();

  constructor(
    private readonly bus: Bus,
    private readonly store: MongoStore,
    @Inject(SUBJECTS) private readonly subjects: Subjects,
    @Inject(LOGGER) private readonly log: Logger,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'TOMBSTONE_TTL_S'>,
  ) {}

  start(): void {
    this.timer = setInterval(() => {
      this.round = this.sweep().catch((err: unknown) => this.log.warn({ event: 'sweep-failed', err }));
    }, PERIOD_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.round;
  }

  /** One round. Rejects where NATS or MongoDB is away. */
  async sweep(): Promise<void> {
    const { ackFloor } = await consumerProgress(this.bus, this.subjects);
    const { firstSeq } = await streamState(this.bus, this.subjects);
    const closedTtlMs = this.settings.TOMBSTONE_TTL_S * 1000;
    const ttlMs = { $cond: [{ $eq: ['$state', 'lost'] }, Math.max(LOST_TTL_MS, closedTtlMs), closedTtlMs] };
    await this.store.clients.deleteMany({
      'sync.endedAt': { $exists: true },
      'sync.streamSeq': { $lte: ackFloor },
      $expr: { $lt: ['$sync.endedAt', { $subtract: ['$$NOW', ttlMs] }] },
    });
    await this.sweepUnknown(firstSeq);
    await this.sweepGateways({ $subtract: ['$$NOW', GATEWAY_TTL_MS] });
  }

  /** Whose connect was never told, though everything else of them has left the stream meanwhile. */
  private async sweepUnknown(firstSeq: number): Promise<void> {
    await this.store.clients.deleteMany({ state: { $exists: false }, 'sync.streamSeq': { $lt: firstSeq } });
  }

  private async sweepGateways(before: object): Promise<void> {
    const old = this.store.gateways.find({ state: { $in: ['lost', 'ended'] }, $expr: { $lt: ['$renewedAt', before] } });
    for await (const { _id, epoch } of old) {
      const inUse = await this.store.clients.findOne({ gatewayId: _id, state: 'live' }, { projection: { _id: 1 } });
      if (!inUse) await this.store.gateways.deleteOne({ _id, epoch: epoch ?? 0, state: { $ne: 'alive' } });
    }
  }
}
