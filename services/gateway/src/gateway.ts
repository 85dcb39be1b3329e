/** Puts the gateway's parts together, and takes them apart in order. */
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { awaitStreams, Bus, ensureStreams, Outbox } from '@wscm/bus';
import { subjectsOf } from '@wscm/contracts';
import {
  createLogger,
  type Environment,
  type Logger,
  type Readiness,
  type RunningService,
  versionOf,
} from '@wscm/runtime';
import { startTracing, stopTracing } from '@wscm/tracing';
import type { FastifyInstance } from 'fastify';
import type { TemplatedApp } from 'uWebSockets.js';
import { startAdminServer } from './admin-server';
import { type CommandListener, listenForCommands } from './downlink/commands';
import { drainSockets } from './drain';
import { trustProxies } from './edge/addresses';
import { Doorkeeper } from './edge/doorkeeper';
import { ConnectLimits } from './edge/connect-limits';
import { allowedOrigins, connectLimits, createAuthenticator, messageLimits } from './edge/edge-settings';
import { MessageLimits } from './edge/message-limits';
import { originCheck } from './edge/origins';
import { createApp, followFiles, tlsFiles } from './edge/tls';
import type { OnReload } from './edge/watched-file';
import { Hub } from './hub';
import { Lease } from './lease';
import { createMetrics, type Metrics } from './metrics';
import { gatewayReadiness } from './readiness';
import { readSettings, type Settings } from './settings';
import { SocketServer } from './socket-server';
import { Reporter } from './uplink/reporter';

/** Semantic version. */
export const VERSION = versionOf(join(__dirname, '..'));

/** The part of `DRAIN_TIMEOUT_MS` that the sockets may take; the rest is for the last events. */
const SOCKETS_SHARE = 0.8;

/** What remains of `DRAIN_TIMEOUT_MS` when the gateway has to hurry, at most. */
const HURRY_MS = 2_000;
const ROUND_TRIP_MS = 2_000;
/** So often it is looked how much time is left. */
const STEP_MS = 100;

/** Waits for it as long as there is time; what NATS has to answer may take until it is found to be gone. */
async function within(timeLeft: () => number, work: Promise<void> | undefined): Promise<void> {
  const settled = Promise.resolve(work).then(
    () => true,
    () => true,
  );
  while (timeLeft() > 0)
    if (await Promise.race([settled, setTimeout(Math.min(STEP_MS, timeLeft()), false, { ref: false })])) return;
}

/** Whether it could start with these settings, as far as can be told without a connection. Throws `SettingsError`. */
export function checkGateway(env: Environment): void {
  const settings = readSettings(env);
  void createDoorkeeper(settings, () => undefined).close();
  createApp(tlsFiles(settings));
}

export async function startGateway(env: Environment): Promise<RunningService> {
  const settings = readSettings(env);
  const log = createLogger('gateway', settings.LOG_LEVEL);
  startTracing('wscm-gateway', settings, log);
  const doorkeeper = createDoorkeeper(settings, onReload(log));
  const app = createApp(tlsFiles(settings));
  const bus = await Bus.connect({
    url: settings.NATS_URL,
    creds: settings.NATS_CREDS,
    inboxPrefix: settings.NATS_INBOX_PREFIX,
    name: 'wscm-gateway',
    maxMessageBytes: settings.MAX_MESSAGE_BYTES,
    onStatus: (status) => log.warn({ event: `nats-${status}` }),
  });
  const gateway = new Gateway(settings, log, bus, doorkeeper, app);
  try {
    await gateway.start();
  } catch (error) {
    await gateway.stop().catch(() => undefined);
    throw error;
  }
  return gateway;
}

const onReload =
  (log: Logger): OnReload =>
  (variable, err) => {
    if (err) log.error({ event: 'reload-failed', variable, err });
    else log.info({ event: 'reloaded', variable });
  };

/** Throws `SettingsError`. */
const createDoorkeeper = (settings: Settings, onReload: OnReload): Doorkeeper =>
  new Doorkeeper({
    authenticator: createAuthenticator(settings, onReload),
    fromAllowedOrigin: originCheck(allowedOrigins(settings)),
    limits: new ConnectLimits(connectLimits(settings)),
    maxHeaderBytes: settings.MAX_HEADER_BYTES,
  });

class Gateway implements RunningService {
  readonly failed: Promise<Error>;
  private readonly hub: Hub;
  private readonly subjects;
  private readonly metrics: Metrics;
  private readonly outbox: Outbox;
  private readonly reporter: Reporter;
  private readonly lease: Lease;
  private readonly sockets: SocketServer;
  private readonly readiness: Readiness;
  private unfollow: () => void = () => undefined;
  private commands: CommandListener | undefined;
  private admin: FastifyInstance | undefined;
  private ending: Promise<void> | undefined;
  private readonly hurrying = new AbortController();
  /** When an end that is under way has to be over; may become earlier. */
  private deadline = Infinity;

  constructor(
    private readonly settings: Settings,
    private readonly log: Logger,
    private readonly bus: Bus,
    private readonly doorkeeper: Doorkeeper,
    private readonly app: TemplatedApp,
  ) {
    this.failed = bus.lost();
    this.hub = new Hub(settings.GATEWAY_NAME);
    this.subjects = subjectsOf(settings.WSCM_PREFIX);
    this.outbox = this.createOutbox();
    this.metrics = createMetrics({
      hub: this.hub,
      outbox: () => this.outbox,
      outboxMaxBytes: settings.OUTBOX_MAX_BYTES,
      readiness: () => this.readiness.report(),
      version: VERSION,
    });
    this.reporter = new Reporter(this.hub, this.outbox, this.subjects);
    this.lease = this.createLease();
    this.sockets = this.createSocketServer();
    const { lease, outbox, hasRoom } = this;
    const accepting = () => this.ending === undefined;
    this.readiness = gatewayReadiness(log, { bus, lease, outbox, hasRoom, accepting });
    const files = tlsFiles(settings);
    if (files) this.unfollow = followFiles(files, (next) => this.sockets.moveTo(next), onReload(log));
  }

  async start(): Promise<void> {
    const {
      HOST,
      GATEWAY_PORT,
      GATEWAY_ADMIN_HOST = HOST,
      GATEWAY_ADMIN_PORT,
      MAX_MESSAGE_BYTES,
      STREAM_REPLICAS,
    } = this.settings;
    const { hub, reporter, metrics, hasRoom } = this;
    const inTouch = () => this.lease.inTouch;
    await awaitStreams(this.bus, this.subjects, STREAM_REPLICAS);
    const context = { hub, reporter, metrics, hasRoom, inTouch, maxMessageBytes: MAX_MESSAGE_BYTES };
    this.commands = listenForCommands(this.bus, this.subjects, context, this.onError);
    // From the first client on, NATS knows where its commands go. (Away just now, it is told when it is back.)
    await this.bus.roundTrip(ROUND_TRIP_MS).catch(() => undefined);
    this.lease.start();
    const port = this.sockets.listen(HOST, GATEWAY_PORT);
    const parts = { metrics: metrics.registry, readiness: this.readiness };
    this.admin = await startAdminServer(GATEWAY_ADMIN_HOST, GATEWAY_ADMIN_PORT, parts);
    this.readiness.start();
    this.log.info({ event: 'gateway-started', gatewayId: hub.gatewayId, port });
  }

  stop(): Promise<void> {
    return (this.ending ??= this.end());
  }

  /** Closes all sockets at once, and gives their last events a short while. */
  hurry(): void {
    this.deadline = Math.min(this.deadline, performance.now() + HURRY_MS);
    this.hurrying.abort();
  }

  /** Sockets first, while their last events and commands still get through; the connection to NATS last. */
  private async end(): Promise<void> {
    const { DRAIN_RATE, DRAIN_TIMEOUT_MS } = this.settings;
    this.deadline = Math.min(this.deadline, performance.now() + DRAIN_TIMEOUT_MS);
    const { timeLeft } = this;
    this.log.info({ event: 'gateway-draining', connections: this.hub.size });
    this.sockets.stopListening();
    const { signal: hurry } = this.hurrying;
    await drainSockets(this.hub, { ratePerSecond: DRAIN_RATE, timeoutMs: timeLeft() * SOCKETS_SHARE, hurry });
    const forEvents = timeLeft() / 2;
    await within(() => timeLeft() - forEvents, this.commands?.stop());
    const flushed = await this.flush();
    if (flushed) await within(timeLeft, this.lease.release());
    else this.lease.stop();
    this.outbox.close();
    this.readiness.stop();
    await this.admin?.close();
    await this.doorkeeper.close();
    this.unfollow();
    await this.bus.close();
    await stopTracing(this.timeLeft());
    if (!flushed) throw new Error(`${this.outbox.size} events could not be stored in time`);
    this.log.info({ event: 'gateway-ended' });
  }

  /** Resolves with whether every event was stored in time. */
  private async flush(): Promise<boolean> {
    do {
      if (await this.outbox.flush(Math.min(STEP_MS, this.timeLeft()))) return true;
    } while (this.timeLeft() > 0);
    return false;
  }

  private readonly timeLeft = (): number => Math.max(0, this.deadline - performance.now());

  private createOutbox(): Outbox {
    return new Outbox(this.bus, {
      maxBytes: this.settings.OUTBOX_MAX_BYTES,
      mayWait: this.subjects.isOfDownlink,
      onStored: (latencyMs) => this.metrics.publishSeconds.observe(latencyMs / 1000),
      onUnsendable: (subject, err) => {
        this.metrics.unsendable.inc();
        this.log.error({ event: 'event-unsendable', subject, replyId: this.subjects.replyIdOf(subject), err });
      },
      onRefused: (reason) => {
        this.metrics.publishRefusals.inc();
        this.log.warn({ event: 'publish-refused', reason });
        // Where this fails, too, the next refusal tells it.
        ensureStreams(this.bus, this.subjects, this.settings.STREAM_REPLICAS).catch(() => undefined);
      },
    });
  }

  private createLease(): Lease {
    return new Lease(this.bus, this.subjects, {
      gatewayId: this.hub.gatewayId,
      host: hostname(),
      ttlMs: this.settings.LEASE_TTL_MS,
      connections: () => this.hub.size,
      traffic: () => this.hub.traffic,
      onNewEpoch: (epoch) => {
        this.metrics.leaseLosses.inc();
        this.log.warn({ event: 'lease-was-lost', epoch, connections: this.hub.size });
        for (const session of this.hub.sessions()) this.reporter.connected(session, epoch);
      },
      onError: this.onError,
    });
  }

  private createSocketServer(): SocketServer {
    const { MAX_MESSAGE_BYTES, IDLE_TIMEOUT_S, MAX_BACKPRESSURE_BYTES, TRUSTED_PROXIES, GATEWAY_JWT_QUERY_PARAMETER } =
      this.settings;
    const options = {
      maxMessageBytes: MAX_MESSAGE_BYTES,
      idleTimeoutS: IDLE_TIMEOUT_S,
      maxBackpressureBytes: MAX_BACKPRESSURE_BYTES,
      trust: trustProxies(TRUSTED_PROXIES),
      tokenParameter: GATEWAY_JWT_QUERY_PARAMETER,
      firstMessageTimeoutS: this.settings.FIRST_MESSAGE_TIMEOUT_S,
    };
    return new SocketServer(this.app, options, {
      hub: this.hub,
      reporter: this.reporter,
      metrics: this.metrics,
      log: this.log,
      doorkeeper: this.doorkeeper,
      messageLimits: new MessageLimits(messageLimits(this.settings)),
      hasRoom: this.hasRoom,
      epoch: () => this.lease.epoch,
    });
  }

  private readonly hasRoom = (): boolean => !this.outbox.full;

  private readonly onError = (err: unknown): void => this.log.error({ event: 'unexpected-error', err });
}
