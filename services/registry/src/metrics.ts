/** What Prometheus reads of a registry, beside the storing of events; docs/metrics.md has the table of it. */
import { Injectable } from '@nestjs/common';
import type { BusFailure } from '@wscm/bus';
import { sendReplySchema } from '@wscm/contracts';
import { countBy, HistogramBy, type HistogramSeries, readChecks, type ReadinessReport } from '@wscm/runtime';
import { Counter, Gauge, Registry } from 'prom-client';
import { VERSION } from './version';

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

  /** Adds what the checks of readiness say. */
  readChecksFrom(readiness: () => Promise<ReadinessReport>): void {
    readChecks(
      this.named('check_ok', '1 where the check of /readyz passes, else 0'),
      async () => (await readiness()).checks,
    );
  }

  private named(name: string, help: string) {
    return { registers: [this.registry], name: `wscm_registry_${name}`, help };
  }
}
