/** The list of clients to take along: JSON as REST gives it, or CSV for a spreadsheet. */
import type { Client } from '@wscm/contracts';

export type ListFormat = 'json' | 'csv';

export const toJson = (clients: readonly Client[]): string => `${JSON.stringify(clients, null, 2)}\n`;

const columns: [name: string, of: (client: Client) => string | number][] = [
  ['replyId', ({ replyId }) => replyId],
  ['gatewayId', ({ gatewayId }) => gatewayId],
  ['connectedAt', ({ connectedAt }) => connectedAt],
  ['path', ({ path }) => path],
  ['query', ({ query }) => JSON.stringify(query)],
  ['user', ({ user }) => user ?? ''],
  ['remoteAddress', ({ remoteAddress }) => remoteAddress],
  ['headers', ({ headers }) => JSON.stringify(headers)],
  ['messagesFromClient', ({ messagesFromClient }) => messagesFromClient],
  ['messagesToClient', ({ messagesToClient }) => messagesToClient],
  ['lastMessageFromClientTime', ({ lastMessageFromClient }) => lastMessageFromClient?.time ?? ''],
  ['lastMessageFromClientType', ({ lastMessageFromClient }) => lastMessageFromClient?.type ?? ''],
  ['lastMessageFromClient', ({ lastMessageFromClient }) => lastMessageFromClient?.message ?? ''],
  ['lastMessageToClientTime', ({ lastMessageToClient }) => lastMessageToClient?.time ?? ''],
  ['lastMessageToClientType', ({ lastMessageToClient }) => lastMessageToClient?.type ?? ''],
  ['lastMessageToClient', ({ lastMessageToClient }) => lastMessageToClient?.message ?? ''],
];

/** RFC 4180. Binary messages are base64, as in REST. */
export function toCsv(clients: readonly Client[]): string {
  const lines = [columns.map(([name]) => name), ...clients.map((client) => columns.map(([, of]) => cell(of(client))))];
  return lines.map((line) => `${line.join(',')}\r\n`).join('');
}

/** A client's text that a spreadsheet would run as a formula is kept from it by an apostrophe. */
function cell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** True where the text stands anywhere in what the table can show of a client. */
export function contains(client: Client, text: string): boolean {
  const wanted = text.toLowerCase();
  const { replyId, path, user, remoteAddress, gatewayId, query, headers } = client;
  const last = [client.lastMessageFromClient, client.lastMessageToClient].map((told) =>
    told?.type === 'text' ? told.message : '',
  );
  const parts = [replyId, path, user ?? '', remoteAddress, gatewayId, headers['user-agent'] ?? '', ...last];
  if (parts.some((part) => part.toLowerCase().includes(wanted))) return true;
  return Object.entries(query).some((entry) => entry.join('=').toLowerCase().includes(wanted));
}
