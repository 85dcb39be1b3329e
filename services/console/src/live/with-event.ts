/** What is known of a client, after an event of it. An event that is known already changes nothing. */
import type { Client, ShownEvent } from '@wscm/contracts';

type MessageFromClient = NonNullable<Client['lastMessageFromClient']>;
type MessageToClient = NonNullable<Client['lastMessageToClient']>;
type Of<Kind extends ShownEvent['kind']> = Extract<ShownEvent, { kind: Kind }>;

/** Somebody who has said nothing yet. */
export function newClient(event: Of<'connected'>): Client {
  const { replyId, gatewayId, connectedAt, path, query, headers, remoteAddress, user } = event;
  const facts = { replyId, gatewayId, connectedAt, path, query, headers, remoteAddress, user };
  const silence = {
    messagesFromClient: 0,
    messagesToClient: 0,
    lastMessageFromClient: null,
    lastMessageToClient: null,
  };
  return { ...facts, ...silence };
}

/** The event is the client's, or a broadcast of its gateway. */
export const withEvent = (client: Client, event: Of<'message' | 'delivered' | 'broadcast'>): Client =>
  event.kind === 'message' ? withMessage(client, event) : withDelivery(client, event);

function withMessage(client: Client, { type, message, time, seq }: Of<'message'>): Client {
  if (seq <= client.messagesFromClient) return client;
  const last: MessageFromClient = { seq, type, message, time };
  return { ...client, messagesFromClient: seq, lastMessageFromClient: last };
}

/** A broadcast's own number is its gateway's: of a client it is simply the next. */
function withDelivery(client: Client, event: Of<'delivered' | 'broadcast'>): Client {
  const { kind, type, message, time } = event;
  const next = client.messagesToClient + 1;
  const seq = kind === 'delivered' ? event.seq : next;
  const isKnown = kind === 'delivered' ? seq < next : time <= (client.lastMessageToClient?.time ?? '');
  if (isKnown || time < client.connectedAt) return client;
  const last: MessageToClient = { seq, type, message, time, via: kind === 'delivered' ? 'send' : 'broadcast' };
  return { ...client, messagesToClient: seq, lastMessageToClient: last };
}

/** Of two, each of which may be behind: events and what the registry has stored come by different ways. */
export function laterOf(known: Client, read: Client): Client {
  const from = read.messagesFromClient >= known.messagesFromClient ? read : known;
  const to = read.messagesToClient >= known.messagesToClient ? read : known;
  const { messagesFromClient, lastMessageFromClient } = from;
  const { messagesToClient, lastMessageToClient } = to;
  return { ...read, messagesFromClient, lastMessageFromClient, messagesToClient, lastMessageToClient };
}
