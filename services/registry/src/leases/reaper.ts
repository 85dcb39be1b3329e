/**
 * Finds gateways that died without a word, and tells of each of their clients that it is gone. It only publishes events:
 * documents change in one place, where events are stored. Every registry does this; what two of them publish is stored once.
 */
import { Inject, Injectable } from '@nestjs/common';
import { Bus, storeEvent } from '@wscm/bus';
import {
  ABNORMAL_CLOSURE,
  type DisconnectedEvent,
  encodeEvent,
  eventIds,
  GATEWAY_LOST,
  type Subjects,
} from '@wscm/contracts';
import type { Logger } from '@wscm/runtime';
import { Metrics } from '../metrics';
import type { Settings } from '../settings';
import { stateRank } from '../store/client-facts';
import { GatewayLeases, type PastEpoch } from '../store/gateway-leases';
import { MongoStore } from '../store/mongo-store';
import { LOGGER, SETTINGS, SUBJECTS } from '../tokens';

const ROUNDS_PER_TERM = 4;
/** Events published at a time. */
const PARALLEL = 256;

@Injectable()
export class Reaper {
  private timer: NodeJS.Timeout | undefined;
  private round: Promise<void> = Promise.resolve();
  private stopped = false;
  /** Since when this registry has been in touch with NATS and MongoDB without a break. */
  private inTouchSince = performance.now();
  private lastRound = performance.now();

  constructor(
    private readonly bus: Bus,
    private readonly store: MongoStore,
    private readonly leases: GatewayLeases,
    @Inject(SUBJECTS) private readonly subjects: Subjects,
    @Inject(LOGGER) private readonly log: Logger,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'LEASE_TTL_MS'>,
    private readonly metrics: Metrics,
  ) {}

  start(): void {
    this.inTouchSince = this.lastRound = performance.now();
    this.schedule();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.round;
  }

  private get periodMs(): number {
    return this.settings.LEASE_TTL_MS / ROUNDS_PER_TERM;
  }

  private schedule(): void {
    this.timer = setTimeout(() => {
      this.round = this.reap().finally(() => {
        if (!this.stopped) this.schedule();
      });
    }, this.periodMs);
  }

  private async reap(): Promise<void> {
    try {
      if (this.wasFrozen()) this.inTouchSince = performance.now();
      await this.bus.roundTrip(this.periodMs);
      if (performance.now() - this.inTouchSince > this.settings.LEASE_TTL_MS) await this.declareLost();
      // Also so that broadcasts know of them, should MongoDB go away.
      await this.leases.living();
      await this.tellLost(await this.leases.pastEpochs());
    } catch (err) {
      this.inTouchSince = performance.now();
      this.log.warn({ event: 'reaper-failed', err });
    }
  }

  /** After a whole term without a round, gateways may have renewed unseen: they get time again. */
  private wasFrozen(): boolean {
    const since = performance.now() - this.lastRound;
    this.lastRound = performance.now();
    return since > this.settings.LEASE_TTL_MS;
  }

  private async declareLost(): Promise<void> {
    for (const { gatewayId, epoch } of await this.leases.expire(this.settings.LEASE_TTL_MS)) {
      this.metrics.gatewaysLost.inc();
      this.log.warn({ event: 'gateway-lost', gatewayId, epoch });
    }
  }

  /** Again and again until none is left, so that a connect that is stored late is found, too. */
  private async tellLost(past: PastEpoch[]): Promise<void> {
    const epochs = new Map(past.map(({ gatewayId, epoch }) => [gatewayId, epoch]));
    const listed = this.store.clients.find(
      { state: 'live', gatewayId: { $in: [...epochs.keys()] } },
      { projection: { replyId: 1, gatewayId: 1, 'sync.rank': 1 } },
    );
    const lost: [replyId: string, epoch: number][] = [];
    for await (const { replyId, gatewayId, sync } of listed) {
      const epoch = epochs.get(gatewayId) ?? 0;
      if (sync.rank <= stateRank.live(epoch)) lost.push([replyId, epoch]);
      if (lost.length === PARALLEL) await this.publishAll(lost.splice(0));
    }
    await this.publishAll(lost);
  }

  private async publishAll(lost: [replyId: string, epoch: number][]): Promise<void> {
    await Promise.all(lost.map(([replyId, epoch]) => this.publishLost(replyId, epoch)));
  }

  private async publishLost(replyId: string, epoch: number): Promise<void> {
    const event: DisconnectedEvent = {
      kind: 'disconnected',
      id: eventIds.gatewayLost(replyId, epoch),
      time: new Date().toISOString(),
      source: '/registry',
      replyId,
      seq: 0,
      disconnected: { code: ABNORMAL_CLOSURE, reason: GATEWAY_LOST, epoch },
    };
    await storeEvent(this.bus, encodeEvent(event, this.subjects), event.id);
  }
}
