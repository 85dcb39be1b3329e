/** The registry's parts, and how they depend on each other. */
import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { Bus } from '@wscm/bus';
import { subjectsOf } from '@wscm/contracts';
import { type Logger, Readiness } from '@wscm/runtime';
import { BulkSender } from './downlink/bulk-sender';
import { ClientsEndpoints } from './downlink/clients.endpoints';
import { Commander } from './downlink/commander';
import { GatewayRequests } from './downlink/gateway-requests';
import { MissingClients } from './downlink/missing-clients';
import { ClientPaths } from './feed/client-paths';
import { EventFeed } from './feed/event-feed';
import { LiveEvents } from './feed/live-events';
import { ClientsController } from './http/clients.controller';
import { EventFeedController } from './http/event-feed.controller';
import { GatewaysController } from './http/gateways.controller';
import { HealthController } from './http/health.controller';
import { RegistriesController } from './http/registries.controller';
import { LeasesEndpoints } from './leases/leases.endpoints';
import { Reaper } from './leases/reaper';
import { Sweeper } from './leases/sweeper';
import { Metrics } from './metrics';
import { registryReadiness } from './readiness';
import { ClientsReader } from './reading/clients-reader';
import { GatewaysReader } from './reading/gateways-reader';
import { ProcessesEndpoints } from './reading/processes.endpoints';
import { RegistriesReader } from './reading/registries-reader';
import type { Settings } from './settings';
import { GatewayLeases } from './store/gateway-leases';
import { MongoStore } from './store/mongo-store';
import { LOGGER, SETTINGS, SUBJECTS } from './tokens';
import type { BusStrategy } from './transport/bus-strategy';
import { UplinkThread } from './uplink/uplink-thread';

/** What is there before the module: connections, the thread that stores events, and the transport that Nest is given. */
export interface RegistryParts {
  settings: Settings;
  log: Logger;
  bus: Bus;
  store: MongoStore;
  uplink: UplinkThread;
  strategy: BusStrategy;
}

@Module({})
export class RegistryModule {
  static with({ settings, log, bus, store, uplink }: RegistryParts): DynamicModule {
    return {
      module: RegistryModule,
      controllers: [
        ClientsEndpoints,
        LeasesEndpoints,
        ClientsController,
        ProcessesEndpoints,
        GatewaysController,
        RegistriesController,
        EventFeedController,
        HealthController,
      ],
      providers: [
        { provide: SETTINGS, useValue: settings },
        { provide: SUBJECTS, useValue: subjectsOf(settings.WSCM_PREFIX) },
        { provide: LOGGER, useValue: log },
        { provide: Bus, useValue: bus },
        { provide: MongoStore, useValue: store },
        { provide: UplinkThread, useValue: uplink },
        { provide: Readiness, useValue: registryReadiness(log, bus, store, uplink) },
        ...parts,
      ],
    };
  }
}

const parts: Provider[] = [
  Metrics,
  GatewayLeases,
  GatewaysReader,
  RegistriesReader,
  ClientPaths,
  LiveEvents,
  EventFeed,
  ClientsReader,
  MissingClients,
  GatewayRequests,
  BulkSender,
  Commander,
  Reaper,
  Sweeper,
];
