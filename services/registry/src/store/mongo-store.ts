/** The connection to MongoDB: collections, indexes, and the view for people with a shell. */
import { setTimeout } from 'node:timers/promises';
import { tracing } from '@wscm/tracing';
import {
  type Collection,
  type Db,
  MongoClient,
  type MongoClientOptions,
  MongoOperationTimeoutError,
  MongoServerError,
} from 'mongodb';
import { clientsViewPipeline } from './clients-view';
import type { ClientDocument, GatewayDocument, StreamDocument } from './documents';
import { traceCommands } from './traced-commands';

/** How long an operation waits for a primary and for a connection to it. */
const WAIT_MS = 3_000;
/** How long it waits for the answer; longer than a batch of writes takes. */
const ANSWER_MS = 20_000;
const FIRST_CONNECT_MS = 30_000;
const RETRY_MS = 250;

const CLIENT_OPTIONS: MongoClientOptions = {
  appName: 'wscm-registry',
  writeConcern: { w: 'majority', journal: true },
  connectTimeoutMS: WAIT_MS,
  serverSelectionTimeoutMS: WAIT_MS,
  waitQueueTimeoutMS: WAIT_MS,
};

const VIEW = 'clients_view';

/** Names of the indexes for lists and counts: of all clients, and of those that a filter leaves. */
export const LISTED = 'listed';
export const listedBy = (filter: string): string => `${LISTED}-by-${filter}`;

export class MongoStore {
  readonly clients: Collection<ClientDocument>;
  readonly gateways: Collection<GatewayDocument>;
  readonly streams: Collection<StreamDocument>;

  private constructor(
    private readonly client: MongoClient,
    private readonly db: Db,
    private readonly answerMs: number,
  ) {
    this.clients = db.collection('clients');
    this.gateways = db.collection('gateways');
    this.streams = db.collection('streams');
  }

  /**
   * Waits for MongoDB up to a deadline, then rejects. Makes what is missing: indexes and the view. `answerMs`: how
   * long an operation then waits for each answer.
   */
  static async connect(url: string, answerMs = ANSWER_MS): Promise<MongoStore> {
    checkUrl(url);
    const deadline = Date.now() + FIRST_CONNECT_MS;
    for (;;) {
      try {
        return await MongoStore.connectOnce(url, answerMs);
      } catch (error) {
        if (Date.now() > deadline) throw new Error("can't reach MongoDB; is MONGODB_URL right?", { cause: error });
        await setTimeout(RETRY_MS);
      }
    }
  }

  /** A client whose first connect has failed stays closed, so each try has its own. */
  private static async connectOnce(url: string, answerMs: number): Promise<MongoStore> {
    const client = new MongoClient(url, {
      ...CLIENT_OPTIONS,
      socketTimeoutMS: answerMs,
      monitorCommands: tracing() !== null,
    });
    traceCommands(client);
    const store = new MongoStore(client, client.db(databaseIn(url)), answerMs);
    try {
      await client.connect();
      await store.prepare();
      return store;
    } catch (error) {
      await client.close();
      throw error;
    }
  }

  /**
   * Runs an operation whose request may be large; rejects with `MongoOperationTimeoutError` when it has no answer in time.
   * The driver (7.9) waits for room in a socket without a deadline, and forever where the socket was closed meanwhile:
   * `socketTimeoutMS` does not end that, and `timeoutMS` has no effect. It can't wrap the reason of `AbortSignal.timeout`.
   */
  async within<T>(run: (option: { signal: AbortSignal }) => Promise<T>, ms = this.answerMs): Promise<T> {
    const late = new AbortController();
    const timer = globalThis.setTimeout(
      () => late.abort(new MongoOperationTimeoutError(`no answer within ${ms} ms`)),
      ms,
    );
    try {
      return await run({ signal: late.signal });
    } finally {
      clearTimeout(timer);
    }
  }

  /** Rejects where MongoDB does not answer; given a time in ms, after that at the latest. */
  async ping(timeoutMs?: number): Promise<void> {
    await this.within((option) => this.db.command({ ping: 1 }, option), timeoutMs);
  }

  async close(): Promise<void> {
    await this.client.close();
  }

  private async prepare(): Promise<void> {
    const live = { partialFilterExpression: { state: 'live' } };
    // The state is in the keys, too, so that a count needs no document.
    const byTime = { connectedAt: 1, _id: 1 } as const;
    await this.clients.createIndexes([
      { key: { state: 1, ...byTime }, name: LISTED, ...live },
      ...(['gatewayId', 'path', 'user', 'remoteAddress'] as const).map((filter) => ({
        key: { state: 1, [filter]: 1, ...byTime },
        name: listedBy(filter),
        ...live,
      })),
      { key: { 'sync.endedAt': 1 }, name: 'ended', sparse: true },
    ]);
    await this.prepareView();
  }

  private async prepareView(): Promise<void> {
    const definition = {
      viewOn: this.clients.collectionName,
      pipeline: clientsViewPipeline(this.gateways.collectionName),
    };
    try {
      await this.db.createCollection(VIEW, definition);
    } catch (error) {
      if (!(error instanceof MongoServerError) || error.codeName !== 'NamespaceExists') throw error;
      await this.db.command({ collMod: VIEW, ...definition });
    }
  }
}

/** No patience helps where the URL itself is at fault. */
function checkUrl(url: string): void {
  try {
    new MongoClient(url, CLIENT_OPTIONS);
  } catch (error) {
    throw new Error('MONGODB_URL is no URL that MongoDB takes', { cause: error });
  }
}

/** The database that the URL names; the driver itself would take `test` where it names none. */
const databaseIn = (url: string): string => /^[^/]+\/\/[^/]+\/([^?]+)/.exec(url)?.[1] ?? 'wscm';
