/** A MongoDB replica set of three nodes, each of which can be killed. */
import { join } from 'node:path';
import { type Server, startMongod } from '@wscm/system';
import { MongoClient } from 'mongodb';
import { untilTrue } from '../wait';

const NODES = 3;
const SET = 'rs0';
const START_MS = 60_000;

interface Node {
  readonly dbPath: string;
  readonly port: number;
  server: Server;
}

export class MongoSet {
  private constructor(
    private readonly nodes: readonly Node[],
    readonly url: string,
    /** For looking at the documents; not used by what is tried. */
    readonly client: MongoClient,
  ) {}

  static async start(folder: string): Promise<MongoSet> {
    const nodes = await Promise.all(
      Array.from({ length: NODES }, async (_, index) => {
        const dbPath = join(folder, `mongod-${index + 1}`);
        const server = await startMember(dbPath, 0);
        return { dbPath, port: server.port, server };
      }),
    );
    await initiate(nodes.map(({ port }) => port));
    const hosts = nodes.map(({ port }) => `127.0.0.1:${port}`).join(',');
    const url = `mongodb://${hosts}/wscm?replicaSet=${SET}`;
    const client = await new MongoClient(url, {
      serverSelectionTimeoutMS: START_MS,
      readPreference: 'primary',
    }).connect();
    return new MongoSet(nodes, url, client);
  }

  async killPrimary(): Promise<() => Promise<void>> {
    return this.kill([await this.primary()]);
  }

  /** It answers nothing while its connections stay open. */
  async freezePrimary(): Promise<() => void> {
    return freeze([await this.primary()]);
  }

  freezeAll(): () => void {
    return freeze(this.nodes);
  }

  async killAll(): Promise<() => Promise<void>> {
    return this.kill(this.nodes);
  }

  async stepDown(): Promise<void> {
    // The command's answer may be lost with its connection.
    await this.client
      .db('admin')
      .command({ replSetStepDown: 5, force: true })
      .catch(() => undefined);
  }

  async stop(): Promise<void> {
    await this.client.close();
    await Promise.all(this.nodes.map(async ({ server }) => server.kill()));
  }

  private async kill(nodes: readonly Node[]): Promise<() => Promise<void>> {
    await Promise.all(nodes.map(async ({ server }) => server.kill()));
    return async () => {
      await Promise.all(nodes.map(async (node) => (node.server = await startMember(node.dbPath, node.port))));
    };
  }

  private async primary(): Promise<Node> {
    const { primary } = (await this.client.db('admin').command({ hello: 1 })) as { primary?: string };
    const node = this.nodes.find(({ port }) => primary?.endsWith(`:${port}`)) ?? this.nodes[0];
    if (!node) throw new Error('the replica set has no nodes');
    return node;
  }
}

function freeze(nodes: readonly Node[]): () => void {
  const signalAll = (signal: NodeJS.Signals) => {
    for (const { server } of nodes) process.kill(server.pid, signal);
  };
  signalAll('SIGSTOP');
  return () => signalAll('SIGCONT');
}

const startMember = async (dbPath: string, port: number): Promise<Server> =>
  startMongod({ dbPath, port, replSet: SET, member: true, deadlineMs: START_MS });

/** Elections within about two seconds, so that a run sees many of them. */
async function initiate(ports: readonly number[]): Promise<void> {
  const client = new MongoClient(`mongodb://127.0.0.1:${ports[0] ?? 0}/?directConnection=true`);
  const admin = client.db('admin');
  const members = ports.map((port, _id) => ({ _id, host: `127.0.0.1:${port}` }));
  const settings = { electionTimeoutMillis: 2_000, heartbeatIntervalMillis: 500 };
  await admin.command({ replSetInitiate: { _id: SET, members, settings } });
  await untilTrue(
    async () => {
      const { members: told } = (await admin.command({ replSetGetStatus: 1 })) as { members: { stateStr: string }[] };
      const states = told.map(({ stateStr }) => stateStr).sort();
      return states.join() === 'PRIMARY,SECONDARY,SECONDARY';
    },
    START_MS,
    'the replica set has a primary and two secondaries',
  );
  await client.close();
}
