/** What the registries know of the stream, beside it: which one it is, and how far they have come. */
import { Injectable } from '@nestjs/common';
import { MongoStore } from './mongo-store';

const MARK = { _id: 'events' } as const;

@Injectable()
export class StreamMark {
  constructor(private readonly store: MongoStore) {}

  /**
   * Resolves with the place up to which this stream is in effect. Where it is not the stream that was known, events may be
   * lost that nobody had taken yet: then every gateway is to announce its living sockets again, and the others are gone.
   */
  async begin(created: string): Promise<number> {
    const known = await this.store.streams.findOne(MARK);
    if (known?.created === created) return known.ackFloor;
    if (known) await this.startAnew();
    await this.store.streams.updateOne(MARK, { $set: { created, ackFloor: 0 } }, { upsert: true });
    return 0;
  }

  /** Remembers how far this stream is in effect. */
  async advance(created: string, ackFloor: number): Promise<void> {
    await this.store.streams.updateOne({ ...MARK, created }, { $max: { ackFloor } });
  }

  /** Places in the stream count from 1 again. */
  private async startAnew(): Promise<void> {
    await this.store.clients.updateMany({}, { $set: { 'sync.streamSeq': 0 } });
    await this.store.gateways.updateMany({ state: { $in: ['alive', 'ended'] } }, { $set: { state: 'lost' } });
  }
}
