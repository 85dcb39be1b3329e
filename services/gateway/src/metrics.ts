/** What Prometheus reads of a gateway; docs/metrics.md has the table of it. */
import { closeCodes, sendReplySchema } from '@wscm/contracts';
import { countBy, QuickHistogram, readChecks, readCounter, readGauge, type ReadinessReport } from '@wscm/runtime';
import { Counter, Gauge, Registry } from 'prom-client';
import { answerTo } from './edge/identity';
import type { Hub } from './hub';

/** Where the numbers are that are read when Prometheus asks. */
export interface MetricSources {
  hub: Hub;
  outbox: () => { bytes: number; size: number };
  outboxMaxBytes: number;
  readiness: () => Promise<ReadinessReport>;
  version: string;
}

export type Metrics = ReturnType<typeof createMetrics>;

export function createMetrics(sources: MetricSources) {
  const registry = new Registry();
  const named = (name: string, help: string) => ({ registers: [registry], name: `wscm_gateway_${name}`, help });
  addState(sources, named);
  addTraffic(sources.hub, named);
  const results = ['delivered', 'dropped'];
  return {
    registry,
    disconnects: countBy(
      named('disconnects_total', 'WebSocket connections ended, by close code'),
      'code',
      Object.values(closeCodes).map(({ code }) => String(code)),
    ),
    refusals: countBy(
      named('refusals_total', 'WebSocket connections refused before the upgrade, by reason'),
      'reason',
      Object.keys(answerTo),
    ),
    sends: countBy(
      named('sends_total', 'Sends to one client, by what became of them'),
      'result',
      sendReplySchema.shape.result.options,
    ),
    broadcasts: new Counter(named('broadcasts_total', 'Broadcasts handed to the sockets')),
    broadcastDeliveries: countBy(
      named('broadcast_deliveries_total', 'Sockets that broadcasts were handed to, by result'),
      'result',
      results,
    ),
    publishSeconds: new QuickHistogram({
      ...named('publish_seconds', 'Time from publishing an event to its acknowledgement by JetStream'),
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    }),
    unsendable: new Counter(
      named('unsendable_events_total', 'Events given up since they are larger than NATS or the stream takes'),
    ),
    publishRefusals: new Counter(
      named('publish_refusals_total', 'Refusals by JetStream; the events are published again'),
    ),
    leaseLosses: new Counter(
      named('lease_losses_total', 'Times this gateway learned that it had been declared lost, and went on'),
    ),
  };
}

type Named = (name: string, help: string) => { registers: Registry[]; name: string; help: string };

function addState({ hub, outbox, outboxMaxBytes, readiness, version }: MetricSources, named: Named): void {
  readGauge(named('connections', 'Open WebSocket connections'), () => hub.size);
  readGauge(
    named('outbox_bytes', 'Events that JetStream has not acknowledged yet, with headers'),
    () => outbox().bytes,
  );
  readGauge(named('outbox_events', 'Events that JetStream has not acknowledged yet'), () => outbox().size);
  readGauge(named('outbox_limit_bytes', 'OUTBOX_MAX_BYTES'), () => outboxMaxBytes);
  readChecks(named('check_ok', '1 where the check of /readyz passes, else 0'), async () => (await readiness()).checks);
  const { gatewayId: gateway_id } = hub;
  new Gauge({
    ...named('build_info', 'Always 1; version and id of this gateway'),
    labelNames: ['version', 'gateway_id'],
  })
    .labels({ version, gateway_id })
    .set(1);
}

/** Counted by the hub as plain numbers, since it happens for every message. */
function addTraffic(hub: Hub, named: Named): void {
  readCounter(named('connects_total', 'WebSocket connections accepted'), () => hub.traffic.connects);
  readCounter(named('messages_received_total', 'Messages from clients'), () => hub.traffic.messagesFromClients);
  readCounter(
    named('received_bytes_total', 'Bytes of messages from clients, without framing'),
    () => hub.bytes.received,
  );
  readCounter(
    named('messages_sent_total', 'Messages that sockets took: sends, and each socket of a broadcast'),
    () => hub.traffic.messagesToClients,
  );
  readCounter(named('sent_bytes_total', 'Bytes of messages that sockets took, without framing'), () => hub.bytes.sent);
}

const OWN_CODES = new Set<number>(Object.values(closeCodes).map(({ code }) => code));

/** Clients and operators may choose codes; a metric has room for few: those of RFC 6455 and IANA, and our own. */
export const codeLabel = (code: number): string =>
  (code >= 1000 && code <= 1015) || OWN_CODES.has(code) ? String(code) : 'other';
