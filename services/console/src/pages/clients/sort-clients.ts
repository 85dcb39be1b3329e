/** The order of the table. */
import type { Client } from '@wscm/contracts';

type Key = (client: Client) => string | number;

/** By column; of a message the time is what it is sorted by. */
const keys: Record<string, Key | undefined> = {
  replyId: ({ replyId }) => replyId,
  path: ({ path }) => path,
  user: ({ user }) => user ?? '',
  remoteAddress: ({ remoteAddress }) => remoteAddress,
  connectedAt: ({ connectedAt }) => connectedAt,
  lastFrom: ({ lastMessageFromClient }) => lastMessageFromClient?.time ?? '',
  messagesFromClient: ({ messagesFromClient }) => messagesFromClient,
  lastTo: ({ lastMessageToClient }) => lastMessageToClient?.time ?? '',
  messagesToClient: ({ messagesToClient }) => messagesToClient,
  query: ({ query }) => queryText(query),
  userAgent: ({ headers }) => headers['user-agent'] ?? '',
  gatewayId: ({ gatewayId }) => gatewayId,
};

/** `sort` is a column's id, with `-` before it for the greatest first. Equals stay as they are. */
export function sortClients(clients: readonly Client[], sort: string): Client[] {
  const key = keys[sort.replace(/^-/, '')];
  if (!key) return [...clients];
  const sign = sort.startsWith('-') ? -1 : 1;
  const keyed = clients.map((client) => ({ client, key: key(client) }));
  keyed.sort((a, b) => (a.key < b.key ? -sign : a.key > b.key ? sign : 0));
  return keyed.map(({ client }) => client);
}

/** As it stood in the address, without its escapes. */
export const queryText = (query: Client['query']): string =>
  Object.entries(query)
    .flatMap(([name, values]) => [values].flat().map((value) => `${name}=${value}`))
    .join('&');
