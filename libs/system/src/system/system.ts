/** The whole system while it runs, on one machine. */
import type { Log } from '../log';
import type { Server } from '../servers/server-process';
import { reachable } from './reachable';
import { type Replica, type ReplicaKind, startReplica } from './replica';
import { type Member, type MemberKind, Roster } from './roster';
import type { Services } from './service';
import type { SystemSettings } from './settings';
import { startTogether } from './start-together';
import { refuseTakenPorts, settle } from './taken-ports';
import { ownPort } from './wanted-ports';

/** What replicas are started with. */
export interface SystemParts {
  readonly settings: SystemSettings;
  /** The port that all gateways share. */
  readonly gatewayPort: number;
  readonly env: NodeJS.ProcessEnv;
  readonly services: Services;
  readonly log: Log;
}

/** Where the running system is to be reached. No address ends with a slash. */
export interface Addresses {
  /** Shared by all gateways. */
  readonly webSocket: string;
  /** REST; each registry's, the first one in front. */
  readonly registries: readonly string[];
  /** Health and metrics; each gateway's, the first one in front. */
  readonly gatewayAdmins: readonly string[];
  readonly nats: string;
  readonly mongodb: string;
}

/** Made by `startSystem`. It restarts nothing: it reports who died, and its owner decides. */
export class System {
  readonly #parts: SystemParts;
  readonly #roster: Roster;
  readonly #started = { gateway: 0, registry: 0 };

  constructor(parts: SystemParts) {
    this.#parts = parts;
    this.#roster = new Roster(parts.log);
  }

  /** The replicas that live now: registries, then gateways, each in the order of their numbers. */
  get replicas(): readonly Replica[] {
    const all = this.#roster.living.filter(isReplica);
    return [...inOrder(all, 'registry'), ...inOrder(all, 'gateway')];
  }

  /** The servers that were started for this system and that live now. */
  get servers(): readonly Server[] {
    return this.#roster.living.filter((member) => !isReplica(member));
  }

  /** Resolves with a kind once its last member has died. Whoever runs the system for good ends it then. */
  get kindLost(): Promise<MemberKind> {
    return this.#roster.kindLost;
  }

  /** Where everything that lives now is to be reached. */
  get urls(): Addresses {
    const { settings, gatewayPort, env } = this.#parts;
    return {
      webSocket: `${env['GATEWAY_TLS_CERT_FILE'] ? 'wss' : 'ws'}://${reachable(settings.host)}:${gatewayPort}`,
      registries: inOrder(this.replicas, 'registry').map(({ url }) => url),
      gatewayAdmins: inOrder(this.replicas, 'gateway').map(({ url }) => url),
      nats: settings.natsUrl ?? this.#urlOf('nats-server'),
      mongodb: settings.mongodbUrl ?? this.#urlOf('mongod'),
    };
  }

  /** Takes in a server that was started for this system, to be ended with it. */
  adopt(server: Server): void {
    this.#roster.add(server);
  }

  /**
   * Starts one more replica, under the next number and on the next port.
   *
   * @throws {StartFailed}; the signal's reason
   */
  async start(kind: ReplicaKind, signal?: AbortSignal): Promise<Replica> {
    const want = ownPort(this.#parts.settings, kind, this.#started[kind]++);
    await refuseTakenPorts([want]);
    const { services, log, env: given } = this.#parts;
    const port = await settle(want);
    const scheme = kind === 'registry' && given['REGISTRY_TLS_CERT_FILE'] ? 'https' : 'http';
    const adminHost = given['GATEWAY_ADMIN_HOST'];
    const host = kind === 'gateway' && adminHost ? adminHost : want.host;
    const url = `${scheme}://${reachable(host)}:${port}`;
    const env = this.#envOf(kind, port);
    const replica = await startReplica({
      name: want.owner,
      kind,
      port,
      url,
      script: services[kind].main,
      env,
      log,
      signal,
    });
    this.#roster.add(replica);
    return replica;
  }

  /** Starts several at the same time. When one fails, the others give up too. */
  async startSeveral(kind: ReplicaKind, count: number, signal?: AbortSignal): Promise<void> {
    const one = (enough: AbortSignal): Promise<Replica> => this.start(kind, enough);
    await startTogether(Array<typeof one>(count).fill(one), signal);
  }

  /** Ends gateways, then registries, then servers. Never rejects; every wait has a deadline. */
  stop(): Promise<void> {
    return this.#roster.end();
  }

  #urlOf(kind: Server['kind']): string {
    return this.servers.find((server) => server.kind === kind)?.url ?? '';
  }

  /** The settings of the contract, the same for all replicas but for their own ports. */
  #envOf(kind: ReplicaKind, port: number): NodeJS.ProcessEnv {
    const { env, settings, gatewayPort } = this.#parts;
    const { nats, mongodb, webSocket } = this.urls;
    const shared = { ...env, HOST: settings.host, NATS_URL: nats };
    if (kind === 'registry')
      return { GATEWAY_PUBLIC_URL: webSocket, ...shared, MONGODB_URL: mongodb, REGISTRY_PORT: String(port) };
    return { ...shared, GATEWAY_PORT: String(gatewayPort), GATEWAY_ADMIN_PORT: String(port) };
  }
}

function isReplica(member: Member): member is Replica {
  return member.kind === 'gateway' || member.kind === 'registry';
}

function inOrder(replicas: readonly Replica[], kind: ReplicaKind): Replica[] {
  const ofKind = replicas.filter((replica) => replica.kind === kind);
  return ofKind.sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
}
