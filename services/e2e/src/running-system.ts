/** A whole system for one story: on free ports, with data of its own, gone afterwards. */
import { type Replica, startSystem, type System } from '@wscm/system';
import { type Scratch, scratchFolder, TestClient } from '@wscm/testing';
import type { BroadcastResult, Client, ClientPage, Gateway } from '@wscm/contracts';
import { connect, type NatsConnection } from 'nats';

export interface Answer<T> {
  status: number;
  contentType: string;
  body: T;
}

const FREE_PORTS = {
  GATEWAY_PORT: '0',
  GATEWAY_ADMIN_PORT: '0',
  REGISTRY_PORT: '0',
  NATS_PORT: '0',
  MONGODB_PORT: '0',
};

export class RunningSystem {
  private readonly clients: TestClient[] = [];

  private constructor(
    readonly system: System,
    readonly nats: NatsConnection,
    private readonly scratch: Scratch,
  ) {}

  static async start(replicas: { gateways: number; registries: number }, env = {}): Promise<RunningSystem> {
    const scratch = await scratchFolder();
    const { PATH, HOME } = process.env;
    const settings = { PATH, HOME, ...FREE_PORTS, WSCM_DATA_DIR: scratch.path, LOG_LEVEL: 'warn', ...env };
    const system = await startSystem({ ...replicas, env: settings });
    return new RunningSystem(system, await connect({ servers: system.urls.nats }), scratch);
  }

  async stop(): Promise<void> {
    for (const client of this.clients) client.cut();
    await this.nats.close();
    await this.system.stop();
    await this.scratch.remove();
  }

  replica(name: string): Replica {
    const found = this.system.replicas.find((replica) => replica.name === name);
    if (!found) throw new Error(`no replica is called ${name}`);
    return found;
  }

  async connect(path = '/'): Promise<TestClient> {
    const client = await TestClient.connect(this.system.urls.webSocket + path);
    this.clients.push(client);
    return client;
  }

  async connectMany(count: number, path = '/'): Promise<TestClient[]> {
    const clients: TestClient[] = [];
    const AT_A_TIME = 50;
    while (clients.length < count) {
      const some = Math.min(AT_A_TIME, count - clients.length);
      clients.push(...(await Promise.all(Array.from({ length: some }, () => this.connect(path)))));
    }
    return clients;
  }

  /** A REST request to the registry of this index. */
  async rest<T>(
    method: string,
    path: string,
    options: { body?: string | Uint8Array<ArrayBuffer>; type?: string; registry?: number } = {},
  ): Promise<Answer<T>> {
    const { body, type, registry = 0 } = options;
    const response = await fetch(`${this.system.urls.registries[registry]}${path}`, {
      method,
      ...(body === undefined ? {} : { body }),
      headers: type === undefined ? {} : { 'content-type': type },
    });
    const text = await response.text();
    return {
      status: response.status,
      contentType: response.headers.get('content-type') ?? '',
      body: (text === '' ? null : JSON.parse(text)) as T,
    };
  }

  async send(
    replyId: string,
    body: string | Uint8Array<ArrayBuffer>,
    type = 'text/plain',
  ): Promise<Answer<{ result?: string }>> {
    return this.rest('POST', `/v1/clients/${replyId}/messages`, { body, type });
  }

  async broadcast(body: string | Uint8Array<ArrayBuffer>, type = 'text/plain'): Promise<BroadcastResult> {
    return (await this.rest<BroadcastResult>('POST', '/v1/broadcast', { body, type })).body;
  }

  async gateways(): Promise<Gateway[]> {
    return (await this.rest<{ items: Gateway[] }>('GET', '/v1/gateways')).body.items;
  }

  /** All clients, by pages, keyed by replyId. */
  async list(filters = ''): Promise<Map<string, Client>> {
    const clients = new Map<string, Client>();
    let cursor: string | null = null;
    do {
      const after: string = cursor === null ? '' : `&cursor=${cursor}`;
      const page: Answer<ClientPage> = await this.rest('GET', `/v1/clients?limit=70${filters}${after}`);
      if (page.status !== 200) throw new Error(`the list answered ${page.status}`);
      for (const client of page.body.items) clients.set(client.replyId, client);
      cursor = page.body.next;
    } while (cursor !== null);
    return clients;
  }

  async count(): Promise<number> {
    return (await this.rest<{ count: number }>('GET', '/v1/clients/count')).body.count;
  }
}
