/**
 * Events: facts that a gateway saw, as CloudEvents 1.0 in binary mode on NATS. Attributes are headers named `ce-…`
 * (NATS protocol binding of CloudEvents, section 3.1), the payload is the message's own bytes or JSON.
 */
import { z } from 'zod';

export const eventKinds = ['connected', 'message', 'delivered', 'broadcast', 'disconnected'] as const;
export type EventKind = (typeof eventKinds)[number];

export const contentTypes = {
  text: 'text/plain; charset=utf-8',
  binary: 'application/octet-stream',
  json: 'application/json',
} as const;

/** A message as it goes over a socket: the bytes of one text or binary frame. */
export interface Frame {
  type: 'text' | 'binary';
  data: Uint8Array;
}

/** Names of the headers on an event. */
export const eventHeaders = {
  specVersion: 'ce-specversion',
  id: 'ce-id',
  source: 'ce-source',
  type: 'ce-type',
  time: 'ce-time',
  subject: 'ce-subject',
  contentType: 'content-type',
  seq: 'wscm-seq',
  order: 'wscm-order',
  broadcasts: 'wscm-broadcasts',
  delivered: 'wscm-delivered',
} as const;

const count = z.int().nonnegative();

const claimScalarSchema = z.union([z.string(), z.number(), z.boolean(), z.null()]);
/** Of a token's claims those that a gateway passes on: single values and lists of them. */
export const claimsSchema = z.record(z.string(), z.union([claimScalarSchema, z.array(claimScalarSchema)]));
export type Claims = z.infer<typeof claimsSchema>;

/** What is known of a client from its upgrade request; the same values each time they are told. */
export const connectFactsSchema = z.object({
  connectedAt: z.iso.datetime(),
  path: z.string(),
  query: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
  headers: z.record(z.string(), z.string()),
  remoteAddress: z.string(),
  user: z.string().min(1).nullable(),
  /** Absent unless the gateway was told to pass claims on. */
  claims: claimsSchema.optional(),
  /** The gateway's `order` at the connect: only what was sent after it reached this client. */
  connectOrder: count,
});
export type ConnectFacts = z.infer<typeof connectFactsSchema>;

/** Payload of `connected`. Sent at the connect, and again with a later `epoch` by a gateway that was thought lost. */
export const connectedSchema = connectFactsSchema.extend({
  /** The epoch of the gateway's lease. */
  epoch: count,
  /** The numbers so far. */
  messagesFromClient: count,
  messagesToClient: count,
  /** The number of the gateway's last broadcast that `messagesToClient` counts. */
  broadcasts: count,
  order: count,
});
export type Connected = z.infer<typeof connectedSchema>;
/** What a client asked with and who it is, without what its gateway counts. */
export type RequestFacts = Omit<ConnectFacts, 'connectOrder'>;
/** The rest of `Connected`. */
export type ConnectNumbers = Omit<Connected, keyof RequestFacts>;

/** Payload of `disconnected`: the close frame's code and reason. With an `epoch` it is about a lost gateway. */
export const disconnectedSchema = z.object({
  code: z.int().min(1000).max(4999),
  reason: z.string(),
  /** Only in events of reason `gateway-lost`: all sockets of the gateway's lease up to this epoch are gone. */
  epoch: count.optional(),
});
export type Disconnected = z.infer<typeof disconnectedSchema>;

export const GATEWAY_LOST = 'gateway-lost';

interface EventBase {
  /** Unique; repeated when the same event is published again. */
  id: string;
  /** When the gateway saw it: ISO 8601, UTC, milliseconds. */
  time: string;
  /** Who tells it: `/gateways/<gatewayId>` or `/registry`. */
  source: string;
}

interface ClientEventBase extends EventBase {
  replyId: string;
}

export interface ConnectedEvent extends ClientEventBase {
  kind: 'connected';
  connected: Connected;
}

/** The client's `seq`-th message, counted from 1. */
export interface MessageEvent extends ClientEventBase {
  kind: 'message';
  seq: number;
  frame: Frame;
}

/** A message that a socket accepted: the `seq`-th to this client, broadcasts counted. */
export interface DeliveredEvent extends ClientEventBase {
  kind: 'delivered';
  seq: number;
  /** The gateway's one counter over all it sends, direct or broadcast. */
  order: number;
  /** The number of the gateway's last broadcast that `seq` counts. */
  broadcasts: number;
  frame: Frame;
}

export interface DisconnectedEvent extends ClientEventBase {
  kind: 'disconnected';
  /** How many messages the client had sent; 0 where a registry tells of a lost gateway. */
  seq: number;
  disconnected: Disconnected;
}

/** The gateway's `seq`-th broadcast, handed to all of its sockets. */
export interface BroadcastEvent extends EventBase {
  kind: 'broadcast';
  gatewayId: string;
  seq: number;
  order: number;
  /** How many sockets took it; older gateways do not tell. */
  delivered?: number | undefined;
  frame: Frame;
}

export type ClientEvent = ConnectedEvent | MessageEvent | DeliveredEvent | DisconnectedEvent;
export type GatewayEvent = ClientEvent | BroadcastEvent;

/** Unique ids: the same event published again has the same id, so that JetStream stores it once. */
export const eventIds = {
  connected: (replyId: string, epoch: number) => `connected-${replyId}-${epoch}`,
  message: (replyId: string, seq: number) => `message-${replyId}-${seq}`,
  delivered: (replyId: string, seq: number) => `delivered-${replyId}-${seq}`,
  disconnected: (replyId: string) => `disconnected-${replyId}`,
  gatewayLost: (replyId: string, epoch: number) => `gateway-lost-${replyId}-${epoch}`,
  broadcast: (gatewayId: string, seq: number) => `broadcast-${gatewayId}-${seq}`,
} as const;
