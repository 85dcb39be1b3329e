/** Events into documents: the connections, the consumer and all that stores, put together and taken apart in order. */
import { Bus, EventConsumer } from '@wscm/bus';
import { subjectsOf } from '@wscm/contracts';
import { createLogger, type Logger } from '@wscm/runtime';
import { startTracing, stopTracing } from '@wscm/tracing';
import { connectBus } from '../connect-bus';
import type { Settings } from '../settings';
import { ClientWriter } from '../store/client-writer';
import { MongoStore } from '../store/mongo-store';
import { StreamMark } from '../store/stream-mark';
import { DeadLetters } from './dead-letters';
import { EventIntake } from './event-intake';
import { StreamWatch } from './stream-watch';
import { UplinkMetrics } from './uplink-metrics';

/** What can be handed to another thread. */
export type UplinkSettings = Omit<Settings, 'access' | 'tls'> & { access?: undefined; tls?: undefined };

export interface UplinkStatus {
  /** Events come in, and are stored. */
  ready: boolean;
  /** Events dealt with since the start. */
  eventsStored: number;
}

export class Uplink {
  private readonly metrics = new UplinkMetrics();
  private readonly watch: StreamWatch;
  private readonly intake: EventIntake;
  private readonly consumer: EventConsumer;
  private ending: Promise<void> | undefined;

  private constructor(
    settings: UplinkSettings,
    private readonly bus: Bus,
    private readonly store: MongoStore,
    log: Logger,
  ) {
    const subjects = subjectsOf(settings.WSCM_PREFIX);
    const mark = new StreamMark(store, log);
    this.watch = new StreamWatch(bus, mark, subjects, log);
    this.metrics.readFrom(() => this.watch.consumer);
    const letters = new DeadLetters(bus, subjects);
    this.intake = new EventIntake(new ClientWriter(store, settings), letters, subjects, this.metrics, log);
    this.consumer = new EventConsumer(bus, subjects, {
      handle: (batch) => this.intake.take(batch),
      onStream: (stream) => mark.advance(stream),
      replicas: settings.STREAM_REPLICAS,
      onError: (err) => log.error({ event: 'events-not-stored', err }),
    });
  }

  /** Waits for NATS and MongoDB up to a deadline, then rejects. */
  static async start(settings: UplinkSettings): Promise<Uplink> {
    const log = createLogger('registry', settings.LOG_LEVEL);
    startTracing('wscm-registry', settings, log);
    // The other connection of this process tells of its changes already.
    const bus = await connectBus(settings, { name: 'wscm-registry-uplink' });
    const store = await MongoStore.connect(settings.MONGODB_URL).catch(async (error: unknown) => {
      await bus.close();
      throw error;
    });
    const uplink = new Uplink(settings, bus, store, log);
    uplink.consumer.start();
    uplink.watch.start();
    return uplink;
  }

  status(): UplinkStatus {
    return { ready: this.consumer.ready && this.bus.answering, eventsStored: this.intake.taken };
  }

  /** In Prometheus' text format. */
  metricsText(): Promise<string> {
    return this.metrics.registry.metrics();
  }

  /** Resolves when the connection to NATS has ended for good though nobody stopped this; else never. */
  lost(): Promise<Error> {
    return this.bus.lost();
  }

  /** Finishes the batches under way, and hands back whatever else was taken. */
  stop(): Promise<void> {
    return (this.ending ??= this.end());
  }

  /** Makes a stop wait for nothing: what was taken is handed back. */
  async hurry(): Promise<void> {
    this.consumer.hurry();
    await this.bus.close();
  }

  private async end(): Promise<void> {
    await Promise.all([this.watch.stop(), this.consumer.stop()]);
    await this.bus.close();
    await this.store.close();
    await stopTracing();
  }
}
