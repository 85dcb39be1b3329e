/** Looks at everything that the system shows of its clients, once it has come to rest. */
import { setTimeout } from 'node:timers/promises';
import { type Client, type ClientPage, type Gateway, subjectsOf } from '@wscm/contracts';
import { Binary, type Document } from 'mongodb';
import type { Said } from '../load/history';
import type { Site } from '../site/site';
import { untilTrue } from '../wait';
import type { Evidence, StoredClient, StoredSaid } from './evidence';

const subjects = subjectsOf('wscm');
const KEY_PREFIX = 'ws_client_';
/** Events of a registry that was killed come again after 30 s. */
const REST_MS = 75_000;
/** So long nothing may move any more. */
const STILL_MS = 1_500;

/** Resolves when every event is in effect and every replica is ready; rejects where that takes too long. */
export async function untilAtRest(site: Site, leaseTtlMs: number): Promise<void> {
  await untilTrue(() => allReady(site), REST_MS, 'every replica is ready again');
  await untilTrue(() => isStill(site), REST_MS, 'every event is in effect');
  // A gateway that was lost announces its clients, and a heartbeat tells the connections, within a term.
  await setTimeout(leaseTtlMs + STILL_MS);
  await untilTrue(() => isStill(site), REST_MS, 'every event is in effect');
}

const allReady = async (site: Site): Promise<boolean> =>
  (await Promise.all([...site.gateways, ...site.registries].map(async (member) => member.ready()))).every(Boolean);

/** Nothing waits, for a while: what publishes says so by more events. */
async function isStill(site: Site): Promise<boolean> {
  const jsm = await site.nats.jetstreamManager();
  const before = await jsm.consumers.info(subjects.stream, subjects.consumer);
  if (before.num_pending + before.num_ack_pending > 0) return false;
  await setTimeout(STILL_MS);
  const after = await jsm.consumers.info(subjects.stream, subjects.consumer);
  return after.num_pending + after.num_ack_pending === 0 && after.delivered.stream_seq === before.delivered.stream_seq;
}

export async function lookAt(site: Site): Promise<Pick<Evidence, 'lists' | 'counts' | 'gateways'>> {
  const lists = [{ by: 'clients_view', clients: await viewed(site) }];
  const counts: Evidence['counts'] = [];
  for (const { name, url } of site.registries) {
    lists.push({ by: name, clients: await listed(url) });
    counts.push({ by: name, count: (await get<{ count: number }>(`${url}/v1/clients/count`)).count });
  }
  const gateways = (await get<{ items: Gateway[] }>(`${site.registries[0]?.url ?? ''}/v1/gateways`)).items;
  return { lists, counts, gateways };
}

/** The documents of these clients, tombstones included. */
export async function documentsOf(site: Site, replyIds: readonly string[]): Promise<Map<string, StoredClient>> {
  const ids = replyIds.map((replyId) => KEY_PREFIX + replyId);
  const found = await collection(site, 'clients')
    .find({ _id: { $in: ids } })
    .toArray();
  return new Map(found.map((document) => [String(document['replyId']), toStored(document)]));
}

const collection = (site: Site, name: string) => site.mongo.client.db().collection<{ _id: string } & Document>(name);

async function viewed(site: Site): Promise<Map<string, Client>> {
  const found = await collection(site, 'clients_view').find().toArray();
  return new Map(found.map((each) => [String(each['replyId']), toStored(each) as unknown as Client]));
}

const toStored = (document: Document): StoredClient => ({
  ...(document as StoredClient),
  lastMessageFromClient: toStoredSaid(document['lastMessageFromClient']),
  lastMessageToClient: toStoredSaid(document['lastMessageToClient']),
});

function toStoredSaid(stored: unknown): StoredSaid | null {
  if (!stored) return null;
  const { seq, type, message } = stored as { seq: number; type: Said['type']; message: string | Binary };
  return { seq, type, message: typeof message === 'string' ? message : Buffer.from(message.buffer).toString('base64') };
}

async function listed(url: string): Promise<Map<string, Client>> {
  const clients = new Map<string, Client>();
  let cursor: string | null = '';
  while (cursor !== null) {
    const after: string = cursor === '' ? '' : `&cursor=${cursor}`;
    const page: ClientPage = await get<ClientPage>(`${url}/v1/clients?limit=50${after}`);
    for (const client of page.items) clients.set(client.replyId, client);
    cursor = page.next;
  }
  return clients;
}

async function get<T>(url: string): Promise<T> {
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  if (response.status !== 200) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}
