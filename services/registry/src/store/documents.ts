/** The documents as they stand in MongoDB. Dates are dates, binary is binary. */
import type { ConnectFacts, Traffic } from '@wscm/contracts';
import type { Binary } from 'mongodb';

export interface StoredMessage {
  seq: number;
  type: 'text' | 'binary';
  message: string | Binary;
  time: Date;
}

export type ClientState = 'live' | 'lost' | 'closed';

/**
 * Collection `clients`. Any event may come first and make the document, so what only `connected` tells may be missing;
 * a client is listed once its state is `live`. Broadcasts are not counted here: see `ClientSync` and `toClient`.
 */
export interface ClientDocument extends Partial<Omit<ConnectFacts, 'connectedAt' | 'connectOrder'>> {
  /** `CLIENT_KEY_PREFIX` and the replyId. */
  _id: string;
  replyId: string;
  gatewayId: string;
  connectedAt?: Date;
  messagesFromClient: number;
  messagesToClient: number;
  lastMessageFromClient: StoredMessage | null;
  lastMessageToClient: (StoredMessage & { via: 'send' }) | null;
  state?: ClientState;
  /** How the socket was closed; absent while it is open. */
  disconnected?: { code: number; reason: string; time: Date };
  sync: ClientSync;
}

/** What the guards compare; -1 where nothing was told yet. */
export interface ClientSync {
  /** The gateway's `order` at the connect. */
  connectOrder: number;
  /** The greatest `order` of which `messagesToClient` and `broadcasts` are known. */
  order: number;
  /** The number of the gateway's last broadcast that `messagesToClient` counts. */
  broadcasts: number;
  /** The `order` of `lastMessageToClient`. */
  sendOrder: number;
  /** Grows with every change of state; see `stateRank`. */
  rank: number;
  /** The latest event in the stream that is in effect here. */
  streamSeq: number;
  /** When the client was stored as closed or lost, by MongoDB's clock. */
  endedAt?: Date;
}

/** Collection `gateways`: the lease, the counts (those that it tells), and the last broadcast. `_id` is the gatewayId. */
export interface GatewayDocument extends Partial<Traffic> {
  _id: string;
  gatewayId: string;
  /** Absent as long as only events told of this gateway. */
  host?: string;
  startedAt?: Date;
  connections?: number;
  state?: 'alive' | 'lost' | 'ended';
  epoch?: number;
  /** When the epoch became this one, and when it was last renewed; by MongoDB's clock. */
  epochSince?: Date;
  renewedAt?: Date;
  broadcasts?: number;
  lastBroadcast?: { order: number; type: 'text' | 'binary'; message: string | Binary; time: Date };
}

/** Collection `streams`: what is known of the stream of events. */
export interface StreamDocument {
  _id: 'events';
  /** When the stream was made. */
  created: string;
  /** Everything up to this place in it is in effect. */
  ackFloor: number;
}
