/** One client: its open socket, what is known of it, and the numbers of what went through. */
import type { CloseCode } from '@wscm/contracts';
import type { WebSocket } from 'uWebSockets.js';
import type { Allowance } from './edge/message-limits';

/** What a close frame tells. */
export type CloseReason = Pick<CloseCode, 'code' | 'reason'>;

export interface Session {
  readonly replyId: string;
  /** For the hub alone: it knows whether the socket is still open. */
  readonly socket: Socket;
  /**
   * The `RequestFacts` as JSON: they are told at the connect and then only under a later epoch, and as a text they take a
   * third of the memory.
   */
  readonly facts: string;
  readonly connectOrder: number;
  readonly remoteAddress: string;
  /** The number of the gateway's last broadcast before this client's connect. */
  readonly broadcastsBefore: number;
  messagesFromClient: number;
  /** Sends to this client alone. */
  sends: number;
  /** Why this gateway has begun to close the socket; null as long as it has not. */
  closing: CloseReason | null;
  /** The second since 1970 in which what let this client in ends; 0 for never. */
  expiresAt: number;
  /** The second by which it must have said something; 0 for never, and when it has. */
  speakBy: number;
  /** What it may still say; null where that is not limited. */
  readonly allowance: Allowance | null;
}

/** What is known of a client before its socket is open. */
export interface Arrival {
  /** As the session's. */
  readonly facts: string;
  readonly remoteAddress: string;
  readonly expiresAt: number;
  readonly speakBy: number;
  readonly allowance: Allowance | null;
}

/** A socket carries its arrival until it is open, and its session from then on. */
export interface SocketData {
  arrival: Arrival | null;
  session: Session | null;
}

export type Socket = WebSocket<SocketData>;
