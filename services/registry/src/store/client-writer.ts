/** Writes what events say into the documents: one `findOneAndUpdate`, or many guarded writes in one batch. */
import { parseReplyId, type BroadcastEvent } from '@wscm/contracts';
import type { AnyBulkWriteOperation, Collection, Document, Filter, UpdateFilter } from 'mongodb';
import { allDone } from './all-done';
import { type ClientFacts, epochOf } from './client-facts';
import { clientUpdate, newDocument, plainUpdate, storedFrame } from './client-update';
import type { ClientDocument, GatewayDocument } from './documents';
import { epochSince } from './gateway-leases';
import { failedOperations, isDuplicateKey, isUnavailable } from './mongo-errors';
import type { MongoStore } from './mongo-store';
import type { Settings } from '../settings';

/** Two who make the same document at once collide; the next try finds it made. */
const TRIES = 3;

export class ClientWriter {
  constructor(
    private readonly store: MongoStore,
    private readonly settings: Pick<Settings, 'CLIENT_KEY_PREFIX'>,
  ) {}

  /** One entry a client. Rejects where something is not stored; writing all of it again does no harm. */
  async write(facts: readonly ClientFacts[]): Promise<void> {
    const [first] = facts;
    if (first && facts.length === 1) await this.writeOne(first);
    else if (facts.length > 1) await this.writeMany(facts);
    await this.expectLeases(facts);
  }

  /** One a gateway. The gateway's broadcast of the greatest number is kept, with that number. */
  async writeBroadcasts(broadcasts: readonly BroadcastEvent[]): Promise<void> {
    const updates = broadcasts.map(broadcastUpdate);
    const [first] = updates;
    if (first && updates.length === 1) await this.findOneAndUpdate(this.store.gateways, first.filter, first.update);
    else await this.bulkWrite(this.store.gateways, updates.map(upsert));
  }

  private async writeOne(facts: ClientFacts): Promise<void> {
    const { CLIENT_KEY_PREFIX: prefix } = this.settings;
    const { filter, update } = plainUpdate(facts, prefix) ?? clientUpdate(facts, prefix);
    await this.findOneAndUpdate(this.store.clients, filter, update);
  }

  /** New clients in one command and all else in another, at once: the driver would send one after the other. */
  private async writeMany(facts: readonly ClientFacts[]): Promise<void> {
    const { CLIENT_KEY_PREFIX: prefix } = this.settings;
    const inserts: ClientWrite[] = [];
    const updates: ClientWrite[] = [];
    for (const each of facts) {
      const document = newDocument(each, prefix);
      if (document) inserts.push({ facts: each, operation: { insertOne: { document } } });
      else updates.push({ facts: each, operation: upsert(plainUpdate(each, prefix) ?? clientUpdate(each, prefix)) });
    }
    await allDone([inserts, updates].map((writes) => this.writeAll(writes)));
  }

  /** What is refused is written by pipeline: most often the insert of a client that is there. */
  private async writeAll(writes: readonly ClientWrite[]): Promise<void> {
    if (writes.length === 0) return;
    const { clients } = this.store;
    try {
      const operations = writes.map(({ operation }) => operation);
      await this.store.within((option) => clients.bulkWrite(operations, { ordered: false, ...option }));
    } catch (error) {
      const refused = failedOperations(error);
      if (!refused || isUnavailable(error)) throw error;
      const again = new Set(refused);
      const left = writes.filter((_write, index) => again.has(index));
      await this.bulkWrite(
        clients,
        left.map(({ facts }) => upsert(clientUpdate(facts, this.settings.CLIENT_KEY_PREFIX))),
      );
    }
  }

  /** Where a gateway never renews the lease under which its clients connected, it ends: they are no orphans. */
  private async expectLeases(facts: readonly ClientFacts[]): Promise<void> {
    const epochs = new Map<string, number>();
    for (const { replyId, state } of facts) {
      const gatewayId = parseReplyId(replyId)?.gatewayId;
      if (state?.state !== 'live' || !gatewayId) continue;
      epochs.set(gatewayId, Math.max(epochOf(state), epochs.get(gatewayId) ?? 0));
    }
    if (epochs.size > 0) await this.bulkWrite(this.store.gateways, [...epochs].map(expectedLease));
  }

  private async findOneAndUpdate<D extends { _id: string }>(
    collection: Collection<D>,
    filter: Filter<D>,
    update: UpdateFilter<D> | Document[],
  ): Promise<void> {
    const options = { upsert: true, projection: { _id: 1 } };
    await retryDuplicate(() =>
      this.store.within((option) => collection.findOneAndUpdate(filter, update, { ...options, ...option })),
    );
  }

  private async bulkWrite<D extends { _id: string }>(
    collection: Collection<D>,
    operations: AnyBulkWriteOperation<D>[],
  ): Promise<void> {
    let left = operations;
    for (let attempt = 1; left.length > 0; attempt++) {
      try {
        const operations = left;
        await this.store.within((option) => collection.bulkWrite(operations, { ordered: false, ...option }));
        return;
      } catch (error) {
        const failed = failedOperations(error);
        if (!failed || !isDuplicateKey(error) || attempt === TRIES) throw error;
        const again = new Set(failed);
        left = left.filter((_operation, index) => again.has(index));
      }
    }
  }
}

interface ClientWrite {
  facts: ClientFacts;
  operation: AnyBulkWriteOperation<ClientDocument>;
}

const upsert = <U extends object>(update: U) => ({ updateOne: { ...update, upsert: true } });

const broadcastUpdate = ({ gatewayId, seq, order, frame, time }: BroadcastEvent) => {
  const broadcast = { order, ...storedFrame(frame), time: new Date(time) };
  const isNew = { $gt: [seq, { $ifNull: ['$broadcasts', 0] }] };
  const told = {
    gatewayId,
    // A gateway that is first told of here, and never renews, is lost in the end.
    state: { $ifNull: ['$state', 'alive'] },
    epoch: { $ifNull: ['$epoch', 0] },
    renewedAt: { $ifNull: ['$renewedAt', '$$NOW'] },
    broadcasts: { $max: ['$broadcasts', seq] },
    lastBroadcast: { $cond: [isNew, { $literal: broadcast }, '$lastBroadcast'] },
  };
  return { filter: { _id: gatewayId }, update: [{ $set: told }] };
};

const expectedLease = ([gatewayId, epoch]: [string, number]): AnyBulkWriteOperation<GatewayDocument> => {
  const isNew = { $gt: [epoch, { $ifNull: ['$epoch', -1] }] };
  return {
    updateOne: {
      filter: { _id: gatewayId },
      update: [
        {
          $set: {
            gatewayId,
            state: { $cond: [isNew, 'alive', '$state'] },
            epoch: { $max: ['$epoch', epoch] },
            epochSince: epochSince(epoch),
            renewedAt: { $cond: [isNew, '$$NOW', '$renewedAt'] },
          },
        },
      ],
      upsert: true,
    },
  };
};

async function retryDuplicate(write: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await write();
      return;
    } catch (error) {
      if (!isDuplicateKey(error) || attempt === TRIES) throw error;
    }
  }
}
