/** Puts the registry's parts together, and takes them apart in order. */
import { once } from 'node:events';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { subjectsOf } from '@wscm/contracts';
import { createLogger, type Environment, type Logger, naming, Readiness, type RunningService } from '@wscm/runtime';
import { startTracing, stopTracing } from '@wscm/tracing';
import { connectBus } from './connect-bus';
import { EventFeed } from './feed/event-feed';
import { createHttpApp } from './http/http-app';
import { Reaper } from './leases/reaper';
import { Sweeper } from './leases/sweeper';
import { GatewayLeases } from './store/gateway-leases';
import { Metrics } from './metrics';
import { RegistriesReader } from './reading/registries-reader';
import type { RegistryParts } from './registry.module';
import { readSettings, type Settings } from './settings';
import { MongoStore } from './store/mongo-store';
import { BusStrategy } from './transport/bus-strategy';
import { UplinkThread } from './uplink/uplink-thread';
import { VERSION } from './version';

/** What a request over HTTP may take to its end, once the registry ends. */
const CLOSE_MS = 5_000;

export async function startRegistry(env: Environment): Promise<RunningService> {
  const settings = readSettings(env);
  const log = createLogger('registry', settings.LOG_LEVEL);
  startTracing('wscm-registry', settings, log);
  const parts = await connect(settings, log);
  const app = await createHttpApp(parts);
  const hurrying = new AbortController();
  const hurried = once(hurrying.signal, 'abort').then(() => endAtOnce(app, parts));
  let ending: Promise<void> | undefined;
  const stop = () => (ending ??= Promise.race([end(app, parts), hurried]));
  try {
    await begin(app, parts);
  } catch (error) {
    await stop();
    throw error;
  }
  return { stop, hurry: () => hurrying.abort(), failed: Promise.race([parts.bus.lost(), parts.uplink.failed]) };
}

async function begin(app: NestFastifyApplication, { settings, log, uplink }: RegistryParts): Promise<void> {
  const readiness = app.get(Readiness);
  app.get(Metrics).readChecksFrom(() => readiness.report());
  await naming('REGISTRY_PORT', app.listen(settings.REGISTRY_PORT, settings.HOST));
  await app.startAllMicroservices();
  await uplink.started;
  // Then a broadcast knows of them also while MongoDB is away.
  await app.get(GatewayLeases).living();
  app.get(Reaper).start();
  app.get(Sweeper).start();
  app.get(RegistriesReader).start();
  readiness.start();
  app.get(EventFeed).start();
  log.info({ event: 'registry-started', url: await app.getUrl() });
}

async function connect(settings: Settings, log: Logger): Promise<RegistryParts> {
  const onStatus = (status: string) => log.warn({ event: `nats-${status}` });
  const bus = await connectBus(settings, { name: 'wscm-registry', onStatus });
  const store = await MongoStore.connect(settings.MONGODB_URL).catch(async (error: unknown) => {
    await bus.close();
    throw error;
  });
  const subjects = subjectsOf(settings.WSCM_PREFIX);
  const strategy = new BusStrategy({ bus, subjects, version: VERSION, log });
  return { settings, log, bus, store, strategy, uplink: new UplinkThread(settings) };
}

async function end(app: NestFastifyApplication, { bus, store, uplink, log }: RegistryParts): Promise<void> {
  log.info({ event: 'registry-ending' });
  app.get(Readiness).stop();
  const parts = [app.get(Reaper), app.get(Sweeper), app.get(RegistriesReader), app.get(EventFeed)];
  await Promise.all([...parts.map((part) => part.stop()), uplink.stop(), closeApp(app)]);
  await bus.close();
  await store.close();
  await stopTracing();
  log.info({ event: 'registry-ended' });
}

/** Hands back the events that were taken, and leaves the rest as it is. */
async function endAtOnce(app: NestFastifyApplication, { uplink, bus, log }: RegistryParts): Promise<void> {
  log.warn({ event: 'registry-hurrying' });
  const handedBack = uplink.hurry();
  app.getHttpAdapter().getInstance().server.closeAllConnections();
  await Promise.all([handedBack, bus.close()]);
}

/** Finishes the requests that were taken, and cuts off after a while who never comes to an end. */
async function closeApp(app: NestFastifyApplication): Promise<void> {
  const { server } = app.getHttpAdapter().getInstance();
  const cut = setTimeout(() => server.closeAllConnections(), CLOSE_MS);
  await app.close();
  clearTimeout(cut);
}
