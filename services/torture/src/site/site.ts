/** The system under test: its servers, and replicas that can be killed, frozen, ended, cut off and started anew. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, type Server, startNatsServer } from '@wscm/system';
import { connect, type NatsConnection } from 'nats';
import { MongoSet } from './mongo-set';
import { Member, type MemberKind, type MemberParts } from './member';

export interface SiteOptions {
  folder: string;
  gateways: number;
  registries: number;
  /** Told what replicas say. */
  log: (line: string) => void;
  /** Of the replicas, beside where their servers are. */
  env: NodeJS.ProcessEnv;
}

/** What JetStream may store in all: little, so that its space can be used up. */
export const STORE_BYTES = 192 * 1_048_576;

export class Site {
  private started = { gateway: 0, registry: 0 };
  /** Those that were started last, and were not ended since. */
  private readonly members = new Set<Member>();

  private constructor(
    private readonly options: SiteOptions,
    readonly mongo: MongoSet,
    private natsServer: Server,
    /** Past all links, for looking at streams and for commands. */
    readonly nats: NatsConnection,
    private readonly gatewayPort: number,
  ) {}

  static async start(options: SiteOptions): Promise<Site> {
    await mkdir(options.folder, { recursive: true });
    const mongo = await MongoSet.start(options.folder);
    const natsServer = await startNats(options.folder, 0);
    const nats = await connect({ servers: natsServer.url, maxReconnectAttempts: -1, reconnectTimeWait: 250 });
    const site = new Site(options, mongo, natsServer, nats, await freePort());
    await site.startSeveral('registry', options.registries);
    await site.startSeveral('gateway', options.gateways);
    return site;
  }

  get gateways(): Member[] {
    return this.of('gateway');
  }

  get registries(): Member[] {
    return this.of('registry');
  }

  get webSocketUrl(): string {
    return `ws://127.0.0.1:${this.gatewayPort}`;
  }

  /** Starts one more replica. Resolves when it is ready. */
  async add(kind: MemberKind): Promise<Member> {
    const name = `${kind}-${++this.started[kind]}`;
    const { env, log } = this.options;
    const parts: MemberParts = { kind, name, natsPort: this.natsServer.port, log };
    const ports = kind === 'gateway' ? { GATEWAY_PORT: String(this.gatewayPort) } : {};
    const member = await Member.start(parts, { ...env, ...ports, HOST: '127.0.0.1', MONGODB_URL: this.mongo.url });
    this.members.add(member);
    return member;
  }

  /** A replica of which nothing more is expected: killed, or about to end. */
  dismiss(member: Member): void {
    this.members.delete(member);
  }

  /** Kills NATS as a crash would. Resolves with what starts it again on the same store. */
  async killNats(): Promise<() => Promise<void>> {
    await this.natsServer.kill();
    return async () => {
      this.natsServer = await startNats(this.options.folder, this.natsServer.port);
    };
  }

  async stop(): Promise<void> {
    await Promise.all([...this.members].map(async (member) => member.kill()));
    await this.nats.close();
    await this.mongo.stop();
    await this.natsServer.kill();
  }

  private of(kind: MemberKind): Member[] {
    return [...this.members].filter((member) => member.kind === kind);
  }

  private async startSeveral(kind: MemberKind, count: number): Promise<void> {
    await Promise.all(Array.from({ length: count }, async () => this.add(kind)));
  }
}

const startNats = async (folder: string, port: number): Promise<Server> => {
  const storeDir = join(folder, 'nats');
  return startNatsServer({
    storeDir,
    port,
    config: { jetstream: { store_dir: storeDir, max_file_store: STORE_BYTES } },
  });
};
