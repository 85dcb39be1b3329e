/** Documents of a test's own: a database on the test's mongod, and what writes into it and reads from it. */
import { randomUUID } from 'node:crypto';
import type { BroadcastEvent } from '@wscm/contracts';
import type { Filter } from 'mongodb';
import { ClientsReader } from '../reading/clients-reader';
import { factsOf, join } from '../store/client-facts';
import { ClientWriter } from '../store/client-writer';
import type { ClientDocument } from '../store/documents';
import { MongoStore } from '../store/mongo-store';
import type { ClientLife, GatewayLife } from './gateway-life';

/** A database that nobody else uses, on the server of this URL. */
export function newDatabase(serverUrl: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/t-${randomUUID()}`;
  return url.href;
}

export class StoreFixture {
  private constructor(
    readonly store: MongoStore,
    readonly keyPrefix: string,
  ) {}

  static async open(serverUrl: string, keyPrefix = 'ws_client_'): Promise<StoreFixture> {
    return new StoreFixture(await MongoStore.connect(newDatabase(serverUrl)), keyPrefix);
  }

  /** The same documents under other keys. */
  under(keyPrefix: string): StoreFixture {
    return new StoreFixture(this.store, keyPrefix);
  }

  get writer(): ClientWriter {
    return new ClientWriter(this.store, { CLIENT_KEY_PREFIX: this.keyPrefix });
  }

  get reader(): ClientsReader {
    return new ClientsReader(this.store, { CLIENT_KEY_PREFIX: this.keyPrefix });
  }

  /** Writes one event after the other, as they happened. */
  async writeInOrder({ events }: ClientLife): Promise<void> {
    for (const [at, event] of events.entries()) await this.writer.write([factsOf(event, at + 1)]);
  }

  /** Writes all of a gateway's events, those of each client in one. */
  async writeLife({ clients, broadcasts }: GatewayLife): Promise<void> {
    await this.writer.write(clients.map(({ events }) => events.map((each, at) => factsOf(each, at + 1)).reduce(join)));
    for (const broadcast of broadcasts) await this.writeBroadcast(broadcast);
  }

  async writeBroadcast(broadcast: BroadcastEvent): Promise<void> {
    await this.writer.writeBroadcasts([broadcast]);
  }

  /** The document, without the time by MongoDB's clock; `hasEnded` tells whether it has one. */
  async document(replyId: string): Promise<unknown> {
    const filter: Filter<ClientDocument> = { _id: this.keyPrefix + replyId };
    const found = await this.store.clients.findOne(filter, { projection: { _id: 0 } });
    if (!found) return null;
    const { endedAt, ...sync } = found.sync;
    return { ...found, sync, hasEnded: endedAt instanceof Date };
  }

  async close(): Promise<void> {
    await this.store.close();
  }
}
