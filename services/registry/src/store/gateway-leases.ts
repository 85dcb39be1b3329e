/** The leases of the gateways, by MongoDB's clock. Who holds one, and whose has run out. */
import { setImmediate, setTimeout } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { LeaseAnswer, LeaseRelease, LeaseRenewal } from '@wscm/contracts';
import type { GatewayDocument } from './documents';
import { isDuplicateKey, isUnavailable } from './mongo-errors';
import { MongoStore } from './mongo-store';

/** A gateway without its last broadcast, which may be large. */
export type LeaseDocument = Omit<GatewayDocument, 'lastBroadcast'>;

@Injectable()
export class GatewayLeases {
  private nextLiving: Promise<LeaseDocument[]> | undefined;
  /** Of those that lived when MongoDB told last. */
  private lastLivingIds: readonly string[] = [];
  /** A read that was not answered in time: until it is, no other is begun for `livingIds`, and nobody waits for it. */
  private isOverdue = false;

  constructor(private readonly store: MongoStore) {}

  /** Renews, unless this epoch was declared lost. */
  async renew({ gatewayId, epoch, host, startedAt, connections, ...traffic }: LeaseRenewal): Promise<LeaseAnswer> {
    const mayRenew = [{ epoch: { $exists: false } }, { epoch: { $lt: epoch } }, { epoch, state: 'alive' as const }];
    const told = { gatewayId, epoch, host, startedAt: new Date(startedAt), connections, ...traffic };
    const set = { ...literals(told), state: 'alive', renewedAt: '$$NOW', epochSince: epochSince(epoch) };
    // Where the guard does not match, the upsert collides with the document that is there.
    const write = () =>
      this.store.gateways.findOneAndUpdate({ _id: gatewayId, $or: mayRenew }, [{ $set: set }], {
        upsert: true,
        projection: { _id: 1 },
      });
    for (let attempt = 1; attempt <= 2; attempt++) {
      try {
        await write();
        return { result: 'renewed' };
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
      }
    }
    const present = await this.store.gateways.findOne({ _id: gatewayId }, { projection: { epoch: 1 } });
    return { result: 'lost', epoch: present?.epoch ?? epoch };
  }

  /** The gateway has ended in order. */
  async release({ gatewayId, epoch }: LeaseRelease): Promise<void> {
    await this.store.gateways.findOneAndUpdate({ _id: gatewayId, epoch }, [
      { $set: { state: 'ended', connections: 0, renewedAt: '$$NOW' } },
    ]);
  }

  /** Gateways that live, as far as their leases tell. Calls within one turn of the event loop share one read. */
  living(): Promise<LeaseDocument[]> {
    this.nextLiving ??= setImmediate().then(async () => {
      this.nextLiving = undefined;
      const projection = { lastBroadcast: 0 };
      const living = await this.store.gateways.find({ state: 'alive' }, { projection }).sort({ _id: 1 }).toArray();
      this.lastLivingIds = living.map(({ _id }) => _id);
      return living;
    });
    return this.nextLiving;
  }

  /** The ids of those that live; where MongoDB does not tell in time, of those that lived when it told last. */
  async livingIds(timeoutMs: number): Promise<readonly string[]> {
    if (this.isOverdue) return this.lastLivingIds;
    const told = this.living().then(
      () => true,
      (error: unknown) => {
        if (!isUnavailable(error)) throw error;
        return true;
      },
    );
    const waited = new AbortController();
    const isOver = await Promise.race([told, setTimeout(timeoutMs, false, waited)]).finally(() => waited.abort());
    if (!isOver) this.expectLate(told);
    return this.lastLivingIds;
  }

  private expectLate(read: Promise<unknown>): void {
    const onEnd = () => (this.isOverdue = false);
    this.isOverdue = true;
    read.then(onEnd, onEnd);
  }

  async find(gatewayId: string): Promise<GatewayDocument | null> {
    return this.store.gateways.findOne({ _id: gatewayId });
  }

  /** Declares lost every lease that has run out. Resolves with those that this call declared lost. */
  async expire(ttlMs: number): Promise<GatewayDocument[]> {
    const runOut = { $expr: { $lt: ['$renewedAt', { $subtract: ['$$NOW', ttlMs] }] } };
    const late = await this.store.gateways.find({ state: 'alive', ...runOut }).toArray();
    const declared = late.map(async ({ _id, epoch }) =>
      this.store.gateways.findOneAndUpdate(
        { _id, state: 'alive', ...(epoch === undefined ? {} : { epoch }), ...runOut },
        { $set: { state: 'lost' } },
        { returnDocument: 'after' },
      ),
    );
    return (await Promise.all(declared)).filter((gateway) => gateway !== null);
  }

  /** The epochs that have gone by: whose clients are gone, unless they were announced under a later one. */
  async pastEpochs(): Promise<PastEpoch[]> {
    const lately = { $expr: { $gt: ['$epochSince', { $subtract: ['$$NOW', ANNOUNCED_WITHIN_MS] }] } };
    const gateways = this.store.gateways.find({
      $or: [{ state: 'lost' }, { state: 'alive', epoch: { $gt: 1 }, ...lately }],
    });
    return gateways
      .map(({ _id, state, epoch = 0 }) => ({ gatewayId: _id, epoch: state === 'lost' ? epoch : epoch - 1 }))
      .toArray();
  }
}

/** A gateway's lease up to this epoch. */
export interface PastEpoch {
  gatewayId: string;
  epoch: number;
}

/** So long after a gateway came back under a later epoch, clients are looked for that it did not announce. */
const ANNOUNCED_WITHIN_MS = 600_000;

/** For an update by pipeline: when the document's epoch became this one. */
export const epochSince = (epoch: number) => ({
  $cond: [{ $gt: [epoch, { $ifNull: ['$epoch', -1] }] }, '$$NOW', '$epochSince'],
});

const literals = (values: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { $literal: value }]));
