/** All that is compared at the end of a round. */
import type { BroadcastEvent, Client, Frame, Gateway } from '@wscm/contracts';
import {
  type BroadcastRecord,
  type ClientHistory,
  type DisconnectRecord,
  type Said,
  type SendRecord,
  toSaid,
} from '../load/history';
import type { ClientEvents } from './archive';

/** A client's document as it stands in MongoDB, as far as it is compared. */
export interface StoredClient {
  replyId: string;
  state?: 'live' | 'lost' | 'closed';
  messagesFromClient: number;
  messagesToClient: number;
  lastMessageFromClient: StoredSaid | null;
  lastMessageToClient: StoredSaid | null;
  disconnected?: { code: number; reason: string };
}

export interface StoredSaid extends Said {
  seq: number;
}

export interface Witness {
  history: ClientHistory;
  events: ClientEvents;
  /** Null where there is none (any more). */
  document: StoredClient | null;
  /** The stream was deleted while this client was there: what stood in it may be gone. */
  gap: boolean;
  /** JetStream began to refuse while it was there: what it sent in that instant may stand in another order. */
  refused: boolean;
  /** Its gateway ended without being able to tell the last it knew: killed, or out of time. */
  gatewayDied: boolean;
}

/** A time in which a gateway (or all: null) could not be expected to answer. */
export interface Disturbance {
  gatewayId: string | null;
  from: number;
  to: number;
}

export interface Evidence {
  witnesses: Map<string, Witness>;
  broadcastsOf: (gatewayId: string) => readonly BroadcastEvent[];
  /** What each registry lists, and what the view in MongoDB shows. */
  lists: { by: string; clients: Map<string, Client> }[];
  counts: { by: string; count: number }[];
  gateways: Gateway[];
  /** The gatewayIds that run. */
  runningGateways: string[];
  sends: SendRecord[];
  broadcasts: BroadcastRecord[];
  disconnects: DisconnectRecord[];
  disturbances: Disturbance[];
  /** When the round began. */
  since: number;
  /** Connects that were given up before the greeting: a gateway may have counted them among its sockets for a while. */
  failedConnects: number;
}

/** Something that must not be: which promise, about whom, and what was seen. */
export interface Violation {
  promise: string;
  about: string;
  seen: string;
}

export type Check = (evidence: Evidence) => Violation[];

export const saidIn = ({ type, data }: Frame): Said => toSaid(data, type === 'binary');

/** True where a close frame told the client of its end: then it had received all that came before. */
export const endedInOrder = ({ end }: ClientHistory): boolean => end !== null && end.code !== 1006;

/** True where the client asked for its end and got the answer: then the gateway had received all that it sent. */
export const endedAsAsked = ({ end, askedCode }: ClientHistory): boolean =>
  end !== null && askedCode !== null && end.code === askedCode;
