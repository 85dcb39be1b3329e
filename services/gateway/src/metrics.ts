/** What Prometheus reads of a gateway. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

export interface MetricSources {
  connections: () => number;
  outboxBytes: () => number;
}

export type Metrics = ReturnType<typeof createMetrics>;

export function createMetrics(sources: MetricSources) {
  const registry = new Registry();
  const registers = [registry];
  gauge(registers, 'wscm_gateway_connections', 'Open WebSocket connections', sources.connections);
  gauge(registers, 'wscm_gateway_outbox_bytes', 'Events that NATS has not acknowledged yet', sources.outboxBytes);
  return {
    registry,
    connects: new Counter({ registers, name: 'wscm_gateway_connects_total', help: 'WebSocket connections accepted' }),
    refusals: new Counter({
      registers,
      name: 'wscm_gateway_refusals_total',
      help: 'WebSocket connections refused before the upgrade, by reason',
      labelNames: ['reason'],
    }),
    disconnects: new Counter({
      registers,
      name: 'wscm_gateway_disconnects_total',
      help: 'WebSocket connections ended, by close code',
      labelNames: ['code'],
    }),
    messagesFromClients: new Counter({
      registers,
      name: 'wscm_gateway_messages_received_total',
      help: 'Messages from clients',
    }),
    sends: new Counter({
      registers,
      name: 'wscm_gateway_sends_total',
      help: 'Sends to one client, by result',
      labelNames: ['result'],
    }),
    broadcastDeliveries: new Counter({
      registers,
      name: 'wscm_gateway_broadcast_deliveries_total',
      help: 'Sockets that broadcasts were handed to, by result',
      labelNames: ['result'],
    }),
    publishSeconds: new Histogram({
      registers,
      name: 'wscm_gateway_publish_seconds',
      help: 'Time from publishing an event to its acknowledgement by JetStream',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
    }),
    unsendable: new Counter({
      registers,
      name: 'wscm_gateway_unsendable_events_total',
      help: 'Events given up since they are larger than NATS takes',
    }),
    publishRefusals: new Counter({
      registers,
      name: 'wscm_gateway_publish_refusals_total',
      help: 'Events that JetStream refused and that are published again',
    }),
  };
}

function gauge(registers: Registry[], name: string, help: string, read: () => number): void {
  new Gauge({
    registers,
    name,
    help,
    collect() {
      this.set(read());
    },
  });
}
