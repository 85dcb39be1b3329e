/** From nothing to a system that is ready: servers where no URL is given, then registries, then gateways. */
import { join } from 'node:path';
import { type Log, silent } from '../log';
import { findProgram } from '../programs/find-program';
import { startMongod } from '../servers/mongod';
import { startNatsServer } from '../servers/nats-server';
import { BUILT_SERVICES, type Services, settingsFaults } from './service';
import { readSettings, type SystemSettings } from './settings';
import { System } from './system';
import { refuseTakenPorts, settle } from './taken-ports';
import { sharedPort, wantedPorts } from './wanted-ports';

/** How many replicas to start, and where everything is. */
export interface SystemOptions {
  readonly gateways?: number | undefined;
  readonly registries?: number | undefined;
  /** The settings, and what replicas inherit besides. */
  readonly env: NodeJS.ProcessEnv;
  readonly log?: Log | undefined;
  /** Gives up a start that is under way; it does not end a system that runs. */
  readonly signal?: AbortSignal | undefined;
  /** What to run in place of this repository's services. */
  readonly services?: Services | undefined;
}

const CACHE_GB = 1;

/**
 * Starts the system and waits until all of it is ready.
 *
 * @throws {StartFailed} with a message for people; the signal's reason. Nothing is left running then
 */
export async function startSystem(options: SystemOptions): Promise<System> {
  const { gateways = 1, registries = 1, env, log = silent, signal, services = BUILT_SERVICES } = options;
  const faults = await Promise.all(Object.values(services).map((service) => settingsFaults(service, env)));
  const settings = readSettings(env, faults.flat());
  await refuseTakenPorts(wantedPorts(settings, { gateway: gateways, registry: registries }));
  const gatewayPort = await settle(sharedPort(settings));
  const system = new System({ settings, gatewayPort, env, services, log });
  try {
    await startServers(system, settings, { env, log, signal });
    await system.startSeveral('registry', registries, signal);
    await system.startSeveral('gateway', gateways, signal);
    return system;
  } catch (error) {
    await system.stop();
    throw error;
  }
}

interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly log: Log;
  readonly signal: AbortSignal | undefined;
}

/** mongod comes first: it refuses a data folder that another system has in use already, and nats-server does not. */
async function startServers(system: System, settings: SystemSettings, around: Surroundings): Promise<void> {
  const { dataDir, ports, natsUrl, mongodbUrl } = settings;
  const natsServer = natsUrl ? undefined : await findProgram('nats-server', around);
  const mongod = mongodbUrl ? undefined : await findProgram('mongod', around);
  const { signal } = around;
  if (mongod) {
    const data = { dbPath: join(dataDir, 'mongodb'), cacheGb: CACHE_GB };
    system.adopt(await startMongod({ program: mongod, port: ports.MONGODB_PORT, ...data, signal }));
  }
  if (natsServer) {
    const data = { storeDir: join(dataDir, 'nats') };
    system.adopt(await startNatsServer({ program: natsServer, port: ports.NATS_PORT, ...data, signal }));
  }
}
