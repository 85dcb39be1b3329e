/** A client as people see it: its document, with the broadcasts of its gateway joined in. */
import type { Client } from '@wscm/contracts';
import { Binary } from 'mongodb';
import type { ClientDocument, GatewayDocument, StoredMessage } from './documents';

/** A client that is live: all that `connected` tells is there. */
export type LiveClient = ClientDocument & Required<Pick<ClientDocument, 'connectedAt'>>;

/**
 * The gateway counts its broadcasts, and a client's document says up to which of them its own numbers reach. What was
 * broadcast later reached the client, too: a socket that can't take a broadcast is closed. `clients_view` is the same
 * join, done by MongoDB.
 */
export function toClient(document: LiveClient, gateway: GatewayDocument | undefined): Client {
  const { sync } = document;
  const later = Math.max(0, (gateway?.broadcasts ?? 0) - sync.broadcasts);
  const messagesToClient = document.messagesToClient + later;
  const broadcast = gateway?.lastBroadcast;
  const last = document.lastMessageToClient;
  const seesBroadcast = broadcast && broadcast.order > Math.max(sync.connectOrder, sync.sendOrder);
  return {
    replyId: document.replyId,
    gatewayId: document.gatewayId,
    connectedAt: document.connectedAt.toISOString(),
    path: document.path ?? '',
    query: document.query ?? {},
    headers: document.headers ?? {},
    remoteAddress: document.remoteAddress ?? '',
    user: document.user ?? null,
    ...(document.claims && { claims: document.claims }),
    messagesFromClient: document.messagesFromClient,
    messagesToClient,
    lastMessageFromClient: document.lastMessageFromClient && shown(document.lastMessageFromClient),
    lastMessageToClient: seesBroadcast
      ? { ...shown({ seq: messagesToClient, ...broadcast }), via: 'broadcast' }
      : last && { ...shown(last), via: last.via },
  };
}

const shown = ({ seq, type, message, time }: StoredMessage) => ({
  seq,
  type,
  message: message instanceof Binary ? message.toString('base64') : message,
  time: time.toISOString(),
});
