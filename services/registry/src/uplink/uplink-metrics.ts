/** What Prometheus reads of the storing of events; docs/metrics.md has the table of it. */
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import type { ConsumerProgress } from '@wscm/bus';
import { QuickHistogram, readGauge } from '@wscm/runtime';
import { Counter, Histogram, Registry } from 'prom-client';

const NS_PER_S = 1e9;

export class UplinkMetrics {
  private lag: IntervalHistogram | undefined;
  readonly registry = new Registry();
  readonly eventsStored = new Counter(this.named('events_stored_total', 'Events taken from the stream and dealt with'));
  readonly eventAge = new QuickHistogram({
    ...this.named('event_age_seconds', 'Age of events when their document is written, by the clock of their gateway'),
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600],
  });
  readonly batchSize = new Histogram({
    ...this.named('batch_events', 'Events in one batch'),
    buckets: [1, 2, 5, 10, 25, 50, 100, 250, 500],
  });
  readonly batchSeconds = new Histogram({
    ...this.named('batch_seconds', 'Time in which a batch of events is written, repeated tries included'),
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  });
  readonly deadLetters = new Counter(
    this.named('dead_letters_total', 'Events that could not be stored and were set aside'),
  );

  constructor() {
    readGauge(
      this.named(
        'uplink_lag_p99_seconds',
        'Delays of the event loop that stores events, 99th percentile, since read last',
      ),
      () => this.readLag(),
    );
  }

  /** Adds what is read of the consumer; null where it is not known now. */
  readFrom(consumer: () => ConsumerProgress | null): void {
    const gauge = (name: string, help: string, read: (progress: ConsumerProgress) => number) =>
      readGauge(this.named(name, help), () => {
        const progress = consumer();
        return progress && read(progress);
      });
    gauge('consumer_pending_events', 'Events in the stream that no registry has taken yet', (it) => it.pending);
    gauge('consumer_unacknowledged_events', 'Events with the registries, not stored yet', (it) => it.unacknowledged);
    gauge('consumer_redelivered_events', 'Unacknowledged events that came more than once', (it) => it.redelivered);
  }

  /** It wakes the thread up a hundred times a second, so it begins only when somebody reads it. */
  private readLag(): number | null {
    if (!this.lag) {
      this.lag = monitorEventLoopDelay({ resolution: 10 });
      this.lag.enable();
      return null;
    }
    const p99 = this.lag.percentile(99) / NS_PER_S;
    this.lag.reset();
    return p99;
  }

  private named(name: string, help: string) {
    return { registers: [this.registry], name: `wscm_registry_${name}`, help };
  }
}
