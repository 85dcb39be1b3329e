/** What Prometheus reads of a registry; docs/metrics.md has the table of it. */
import { Injectable } from '@nestjs/common';
import type { BusFailure, ConsumerProgress } from '@wscm/bus';
import { sendReplySchema } from '@wscm/contracts';
import {
  countBy,
  HistogramBy,
  type HistogramSeries,
  QuickHistogram,
  readChecks,
  readGauge,
  type ReadinessReport,
} from '@wscm/runtime';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { VERSION } from './version';

/** Where the numbers are that are read when Prometheus asks. */
export interface MetricSources {
  /** Null where it is not known now. */
  consumer: () => ConsumerProgress | null;
  readiness: () => Promise<ReadinessReport>;
}

/** What becomes of a send that no gateway has answered. */
export const unanswered = {
  noResponders: 'unheard',
  timeout: 'timeout',
  disconnected: 'away',
  refused: 'refused',
} as const satisfies Record<BusFailure, string>;

const COMMANDS = ['send', 'bulkSend', 'disconnect', 'broadcast'] as const;
const QUICK = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

@Injectable()
export class Metrics {
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
    buckets: [...QUICK, 10],
  });
  readonly deadLetters = new Counter(
    this.named('dead_letters_total', 'Events that could not be stored and were set aside'),
  );
  readonly sends = countBy(this.named('sends_total', 'Sends to one client, by what became of them'), 'result', [
    ...sendReplySchema.shape.result.options,
    ...Object.values(unanswered),
  ]);
  readonly broadcasts = new Counter(this.named('broadcasts_total', 'Broadcasts handed to the gateways'));
  private readonly commandSeconds = new HistogramBy<'command'>({
    ...this.named('command_seconds', 'Time from asking the gateways to their answer, or until given up'),
    buckets: QUICK,
  });
  /** In seconds, by what was asked. */
  readonly secondsOf = {
    send: this.commandSeconds.of({ command: 'send' }),
    bulkSend: this.commandSeconds.of({ command: 'bulkSend' }),
    disconnect: this.commandSeconds.of({ command: 'disconnect' }),
    broadcast: this.commandSeconds.of({ command: 'broadcast' }),
  } satisfies Record<(typeof COMMANDS)[number], HistogramSeries>;
  readonly commandTimeouts = countBy(
    this.named('command_timeouts_total', 'Gateways that did not answer a command in time'),
    'command',
    COMMANDS,
  );
  readonly gatewaysLost = new Counter(
    this.named('gateways_lost_total', 'Gateways that this registry declared lost: their leases had ended'),
  );
  readonly eventListeners = new Gauge(this.named('event_listeners', 'Open listeners to /v1/events'));
  readonly eventListenersCutOff = new Counter(
    this.named('event_listeners_cut_off_total', 'Listeners to /v1/events cut off since they read too slowly'),
  );
  readonly httpSeconds = new HistogramBy<'method' | 'route' | 'status'>({
    ...this.named('http_request_seconds', 'Time in which requests over HTTP are answered'),
    buckets: QUICK,
  });

  constructor() {
    new Gauge({ ...this.named('build_info', 'Always 1; the version of this registry'), labelNames: ['version'] })
      .labels({ version: VERSION })
      .set(1);
  }

  /** Adds what is read of others. */
  readFrom({ consumer, readiness }: MetricSources): void {
    const gauge = (name: string, help: string, read: (progress: ConsumerProgress) => number) =>
      readGauge(this.named(name, help), () => {
        const progress = consumer();
        return progress && read(progress);
      });
    gauge('consumer_pending_events', 'Events in the stream that no registry has taken yet', (it) => it.pending);
    gauge('consumer_unacknowledged_events', 'Events with the registries, not stored yet', (it) => it.unacknowledged);
    gauge('consumer_redelivered_events', 'Unacknowledged events that came more than once', (it) => it.redelivered);
    readChecks(
      this.named('check_ok', '1 where the check of /readyz passes, else 0'),
      async () => (await readiness()).checks,
    );
  }

  private named(name: string, help: string) {
    return { registers: [this.registry], name: `wscm_registry_${name}`, help };
  }
}
