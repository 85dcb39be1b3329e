/** Who is connected: lists, counts, one client. Only clients that live. */
import { Inject, Injectable } from '@nestjs/common';
import {
  type Client,
  type ClientCount,
  type ClientFilters,
  type ClientListQuery,
  type ClientPage,
  parseReplyId,
  Problem,
} from '@wscm/contracts';
import type { Binary, Filter } from 'mongodb';
import type { ClientDocument, GatewayDocument } from '../store/documents';
import { type LiveClient, toClient } from '../store/joined-client';
import type { Settings } from '../settings';
import { LISTED, listedBy, MongoStore } from '../store/mongo-store';
import { SETTINGS } from '../tokens';
import { decodeCursor, encodeCursor } from './cursor';
import { jsonBytes, shortened } from './shortened';

@Injectable()
export class ClientsReader {
  /** The gateways of the last page: those of the next one most often, which are then read beside it. */
  private lately: readonly string[] = [];

  constructor(
    private readonly store: MongoStore,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'CLIENT_KEY_PREFIX'>,
  ) {}

  /**
   * A page, and the cursor of the next one: null after the last. A page whose messages are large ends before its limit.
   * `maxBytes`: of all clients in it together, as JSON. Throws the problem `badRequest` for a bad cursor.
   */
  async list({ limit, cursor, sort, ...filters }: ClientListQuery, maxBytes = Infinity): Promise<ClientPage> {
    const direction = sort.startsWith('-') ? -1 : 1;
    const filter = { ...living(filters), ...(cursor ? after(cursor, sort) : {}) };
    const order = { connectedAt: direction, _id: direction } as const;
    const found = this.store.clients
      .find<LiveClient>(filter, indexBy(filters))
      .sort(order)
      .limit(limit + 1);
    const nearby = filters.gatewayId === undefined ? this.lately : [filters.gatewayId];
    const [{ page, more }, gateways] = await Promise.all([pageOf(found, limit), this.gateways(nearby)]);
    const joined = await this.joined(page, gateways);
    this.lately = [...new Set(page.map(({ gatewayId }) => gatewayId))];
    const items = joined.slice(0, fitting(joined, maxBytes)).map((client) => shortened(client, maxBytes));
    const last = more || items.length < joined.length ? page[items.length - 1] : undefined;
    return { items, next: last ? encodeCursor({ sort, ...last }) : null };
  }

  async count(filters: ClientFilters): Promise<ClientCount> {
    return { count: await this.store.clients.countDocuments(living(filters), indexBy(filters)) };
  }

  /** `maxBytes`: of the client as JSON. Throws the problem `notFound` for a client that is not connected. */
  async get(replyId: string, maxBytes = Infinity): Promise<Client> {
    const gatewayId = parseReplyId(replyId)?.gatewayId;
    const [document, gateways] = await Promise.all([
      this.store.clients.findOne<LiveClient>({ _id: this.settings.CLIENT_KEY_PREFIX + replyId, state: 'live' }),
      this.gateways(gatewayId === undefined ? [] : [gatewayId]),
    ]);
    const [client] = document ? await this.joined([document], gateways) : [];
    if (!client) throw new Problem('notFound');
    return shortened(client, maxBytes);
  }

  /** `read`: gateways that have been read already. */
  private async joined(documents: LiveClient[], read: Gateways): Promise<Client[]> {
    const missing = new Set(documents.map(({ gatewayId }) => gatewayId).filter((id) => !read.has(id)));
    const gateways = new Map([...read, ...(await this.gateways([...missing]))]);
    return documents.map((document) => toClient(document, gateways.get(document.gatewayId)));
  }

  private async gateways(ids: readonly string[]): Promise<Gateways> {
    if (ids.length === 0) return new Map();
    const found = await this.store.gateways.find({ _id: { $in: [...ids] } }).toArray();
    return new Map(found.map((gateway) => [gateway._id, gateway]));
  }
}

type Gateways = ReadonlyMap<string, GatewayDocument>;

/** Messages in one page, in characters or bytes: about so much memory and time a request may take. */
const MAX_PAGE_SIZE = 16 * 1_048_576;

interface WithMessages {
  lastMessageFromClient: { message: string | Binary } | null;
  lastMessageToClient: { message: string | Binary } | null;
}

/** At most `limit` documents, and whether there are more. Does not read on where the page is full. */
async function pageOf(found: AsyncIterable<LiveClient>, limit: number): Promise<{ page: LiveClient[]; more: boolean }> {
  const page: LiveClient[] = [];
  let size = 0;
  for await (const document of found) {
    if (page.length === limit || size > MAX_PAGE_SIZE) return { page, more: true };
    page.push(document);
    size += sizeOf(document);
  }
  return { page, more: false };
}

/** How many of them, from the first on, one page has room for; their broadcasts are joined in now. */
function fitting(clients: readonly Client[], maxBytes: number): number {
  let size = 0;
  let bytes = 0;
  const tooMany = clients.findIndex((client, index) => {
    size += sizeOf(client);
    if (maxBytes < Infinity) bytes += jsonBytes(client) + 1;
    return (size > MAX_PAGE_SIZE || bytes > maxBytes) && index > 0;
  });
  return tooMany === -1 ? clients.length : tooMany;
}

const sizeOf = ({ lastMessageFromClient, lastMessageToClient }: WithMessages): number =>
  lengthOf(lastMessageFromClient?.message) + lengthOf(lastMessageToClient?.message);

const lengthOf = (message: string | Binary | undefined): number =>
  typeof message === 'object' ? message.length() : (message?.length ?? 0);

/** `$eq`, so that a value is never read as an operator. */
function living(filters: ClientFilters): Filter<ClientDocument> {
  const given = Object.entries(filters).filter(([, value]) => value !== undefined);
  return { state: 'live', ...Object.fromEntries(given.map(([name, value]) => [name, { $eq: value }])) };
}

/**
 * Which index: MongoDB would try several out, now and then anew, and may go on with one that suited another value. Of
 * several filters it knows better which one leaves fewer.
 */
function indexBy(filters: ClientFilters): { hint?: string } {
  const [first, ...others] = Object.entries(filters).filter(([, value]) => value !== undefined);
  if (others.length > 0) return {};
  return { hint: first ? listedBy(first[0]) : LISTED };
}

/** The first condition bounds the index scan, the second leaves out those of the same time that were seen. */
function after(cursor: string, sort: ClientListQuery['sort']): Filter<ClientDocument> {
  const { connectedAt, _id } = decodeCursor(cursor, sort);
  return sort === 'connectedAt'
    ? { connectedAt: { $gte: connectedAt }, $or: [{ connectedAt: { $gt: connectedAt } }, { _id: { $gt: _id } }] }
    : { connectedAt: { $lte: connectedAt }, $or: [{ connectedAt: { $lt: connectedAt } }, { _id: { $lt: _id } }] };
}
