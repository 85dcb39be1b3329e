/** What the registries know of the stream, beside it: which one it is, and how far they have come. */
import type { StreamState } from '@wscm/bus';
import type { Logger } from '@wscm/runtime';
import type { MongoStore } from './mongo-store';

const MARK = { _id: 'events' } as const;

export class StreamMark {
  constructor(
    private readonly store: MongoStore,
    private readonly log: Pick<Logger, 'warn'>,
  ) {}

  /**
   * Remembers that the stream is in effect up to `ackFloor`, and resolves with the place up to which it is known to be.
   *
   * Where it is not the stream that was known, or has lost events past that place, events may be gone that nobody had
   * taken yet: then every gateway is to announce its living sockets again, and the clients of the others are gone. The
   * consumer's own floor does not tell that, since a purge moves it; for the same reason `ackFloor` must have been looked
   * at before `stream`.
   */
  async advance({ created, firstSeq }: StreamState, ackFloor = 0): Promise<number> {
    const gone = firstSeq - 1;
    const advanced = await this.store.streams.findOneAndUpdate(
      { ...MARK, created, ackFloor: { $gte: gone } },
      { $max: { ackFloor } },
      { returnDocument: 'after' },
    );
    if (advanced) return advanced.ackFloor;
    const known = await this.store.streams.findOne(MARK);
    if (known) {
      this.log.warn({ event: 'stream-has-lost-events', known, created, firstSeq });
      await this.startAnew(known.created !== created);
    }
    await this.store.streams.updateOne(MARK, { $set: { created, ackFloor: gone } }, { upsert: true });
    return gone;
  }

  /** In another stream, places count from 1 again. */
  private async startAnew(inAnotherStream: boolean): Promise<void> {
    if (inAnotherStream) await this.store.clients.updateMany({}, { $set: { 'sync.streamSeq': 0 } });
    await this.store.gateways.updateMany({ state: { $in: ['alive', 'ended'] } }, { $set: { state: 'lost' } });
  }
}
