/** Puts the gateway's parts together, and takes them apart in order. */
import { hostname } from 'node:os';
import { Bus, ensureStreams, HEADER_RESERVE_BYTES, Outbox } from '@wscm/bus';
import { subjectsOf } from '@wscm/contracts';
import { createLogger, type Environment, type RunningService, SettingsError } from '@wscm/runtime';
import uWS from 'uWebSockets.js';
import { startAdminServer } from './admin-server';
import { listenForCommands } from './downlink/commands';
import { drainSockets } from './drain';
import { Hub } from './hub';
import { Lease } from './lease';
import { createMetrics } from './metrics';
import { readSettings, type Settings } from './settings';
import { SocketServer } from './socket-server';
import { trustProxies } from './uplink/connect-facts';
import { Reporter } from './uplink/reporter';

export async function startGateway(env: Environment): Promise<RunningService> {
  const settings = readSettings(env);
  const log = createLogger('gateway', settings.LOG_LEVEL);
  const subjects = subjectsOf(settings.WSCM_PREFIX);
  const bus = await Bus.connect({
    url: settings.NATS_URL,
    name: 'wscm-gateway',
    onStatus: (status) => log.warn({ event: `nats-${status}` }),
  });
  checkMessageSize(settings, bus);
  await ensureStreams(bus, subjects);

  const app = uWS.App();
  const hub = new Hub(app);
  const outbox = new Outbox(bus, {
    maxBytes: settings.OUTBOX_MAX_BYTES,
    onStored: (latencyMs) => metrics.publishSeconds.observe(latencyMs / 1000),
    onRefused: (reason) => {
      metrics.publishRefusals.inc();
      log.warn({ event: 'publish-refused', reason });
    },
  });
  const metrics = createMetrics({ connections: () => hub.size, outboxBytes: () => outbox.bytes });
  const reporter = new Reporter(hub, outbox, subjects);
  const onError = (error: unknown) => log.error({ event: 'unexpected-error', err: error });
  const lease = new Lease(bus, subjects, {
    gatewayId: hub.gatewayId,
    host: hostname(),
    ttlMs: settings.LEASE_TTL_MS,
    connections: () => hub.size,
    onNewEpoch: (epoch) => {
      log.warn({ event: 'lease-was-lost', epoch, connections: hub.size });
      for (const session of hub.sessions()) reporter.connected(session, epoch);
    },
    onError,
  });
  const commands = listenForCommands(
    bus,
    subjects,
    { hub, reporter, metrics, maxMessageBytes: settings.MAX_MESSAGE_BYTES },
    onError,
  );
  lease.start();

  const sockets = new SocketServer(app, socketOptions(settings), {
    hub,
    reporter,
    metrics,
    hasRoom: () => !outbox.full,
    epoch: () => lease.epoch,
  });
  const port = await sockets.listen(settings.HOST, settings.GATEWAY_PORT);
  let draining = false;
  const admin = await startAdminServer(settings.HOST, settings.GATEWAY_ADMIN_PORT, {
    metrics: metrics.registry,
    checks: {
      nats: () => bus.connected,
      lease: () => lease.held,
      outbox: () => !outbox.full,
      accepting: () => !draining,
    },
  });
  log.info({ event: 'gateway-started', gatewayId: hub.gatewayId, port });

  const end = async (): Promise<void> => {
    draining = true;
    const deadline = performance.now() + settings.DRAIN_TIMEOUT_MS;
    const left = () => Math.max(0, deadline - performance.now());
    log.info({ event: 'gateway-draining', connections: hub.size });
    sockets.stopListening();
    await drainSockets(hub, { ratePerSecond: settings.DRAIN_RATE, timeoutMs: left() * 0.8 });
    await commands.stop();
    const flushed = await outbox.flush(left());
    if (flushed) await lease.release();
    else lease.stop();
    outbox.close();
    await admin.close();
    await bus.close();
    if (!flushed) throw new Error(`${outbox.size} events could not be stored in time`);
    log.info({ event: 'gateway-ended' });
  };
  let ending: Promise<void> | undefined;
  return { stop: () => (ending ??= end()), failed: new Promise(() => undefined) };
}

/** A message travels in one NATS message, together with its headers. */
function checkMessageSize({ MAX_MESSAGE_BYTES }: Settings, bus: Bus): void {
  const most = bus.maxPayload - HEADER_RESERVE_BYTES;
  if (MAX_MESSAGE_BYTES <= most) return;
  throw new SettingsError([
    `MAX_MESSAGE_BYTES=${MAX_MESSAGE_BYTES}: must be at most ${most}, which the NATS server's max_payload of ${bus.maxPayload} allows`,
  ]);
}

const socketOptions = (settings: Settings) => ({
  maxMessageBytes: settings.MAX_MESSAGE_BYTES,
  idleTimeoutS: settings.IDLE_TIMEOUT_S,
  maxBackpressureBytes: settings.MAX_BACKPRESSURE_BYTES,
  trust: trustProxies(settings.TRUSTED_PROXIES),
});
