/** Looks again and again how far the stream is in effect, and whether it still has the rest. */
import { type Bus, type ConsumerProgress, consumerProgress, streamState } from '@wscm/bus';
import type { Subjects } from '@wscm/contracts';
import type { Logger } from '@wscm/runtime';
import type { StreamMark } from '../store/stream-mark';

/** The less, the fewer events that were in effect already count as lost when somebody purges the stream. */
const PERIOD_MS = 5_000;
/** What was seen longer ago tells nothing of now. */
const GOOD_FOR_MS = 3 * PERIOD_MS;

export class StreamWatch {
  private timer: NodeJS.Timeout | undefined;
  private round: Promise<void> = Promise.resolve();
  private seen: { progress: ConsumerProgress; at: number } | undefined;

  constructor(
    private readonly bus: Bus,
    private readonly mark: StreamMark,
    private readonly subjects: Subjects,
    private readonly log: Logger,
  ) {}

  start(): void {
    this.timer = setInterval(() => {
      this.round = this.look().catch((err: unknown) => this.log.debug({ event: 'stream-watch-failed', err }));
    }, PERIOD_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.round;
  }

  /** How far the consumer was, lately; null where that could not be seen. */
  get consumer(): ConsumerProgress | null {
    return this.seen && performance.now() - this.seen.at < GOOD_FOR_MS ? this.seen.progress : null;
  }

  /** One round. Rejects where NATS or MongoDB is away. */
  async look(): Promise<void> {
    const progress = await consumerProgress(this.bus, this.subjects);
    this.seen = { progress, at: performance.now() };
    await this.mark.advance(await streamState(this.bus, this.subjects), progress.ackFloor);
  }
}
