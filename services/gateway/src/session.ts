/** One client: its open socket, what is known of it, and the numbers of what went through. */
import type { CloseCode, ConnectFacts } from '@wscm/contracts';
import type { WebSocket } from 'uWebSockets.js';
import type { Allowance } from './edge/message-limits';

/** What a close frame tells. */
export type CloseReason = Pick<CloseCode, 'code' | 'reason'>;

export interface Session {
  readonly socketId: string;
  readonly replyId: string;
  readonly facts: ConnectFacts;
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

/** A socket carries its session, which is set in `open`: the upgrade only knows the facts of the connect. */
export interface SocketData {
  facts: Omit<ConnectFacts, 'connectOrder'>;
  expiresAt: number;
  speakBy: number;
  allowance: Allowance | null;
  session?: Session;
}

export type Socket = WebSocket<SocketData>;
