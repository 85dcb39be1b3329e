/** What clients and operators saw themselves: the one side of every comparison. Times are `performance.now()`. */

export interface Said {
  type: 'text' | 'binary';
  /** The text, or the bytes in base64. */
  message: string;
}

export interface End {
  at: number;
  /** 1006 where no close frame came. */
  code: number;
  reason: string;
}

export interface ClientHistory {
  replyId: string;
  gatewayId: string;
  openedAt: number;
  /** What it sent, in order. */
  sent: Said[];
  /** The frames that it received after the greeting, in order. */
  received: Said[];
  /** The code with which it asked to be closed; null where it did not, or cut the connection. */
  askedCode: number | null;
  /** It stopped reading for a while, so it learns late of its end. */
  slow: boolean;
  end: End | null;
}

/** An operator's request and what became of it. */
interface Operation {
  id: string;
  from: number;
  to: number;
}

export interface SendRecord extends Operation {
  replyId: string;
  said: Said;
  /** `delivered` or `buffered`, the HTTP status of a refusal, or `none` where no answer came. */
  answer: 'delivered' | 'buffered' | 'none' | number;
}

export interface BroadcastRecord extends Operation {
  said: Said;
  /** How many clients each gateway says to have reached; null where the answer was a refusal or none. */
  delivered: Map<string, number> | null;
}

export interface DisconnectRecord extends Operation {
  replyId: string;
  code: number;
  reason: string;
  answer: 'disconnected' | 'none' | number;
}

export const sameAs = (a: Said | undefined, b: Said | undefined): boolean =>
  a !== undefined && a.type === b?.type && a.message === b.message;

/** For a person who reads it. */
export const brief = (said: Said | undefined): string =>
  said === undefined ? 'nothing' : `${said.type} ${JSON.stringify(said.message.slice(0, 40))}`;

export const toSaid = (data: Uint8Array, isBinary: boolean): Said => {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return isBinary ? { type: 'binary', message: bytes.toString('base64') } : { type: 'text', message: bytes.toString() };
};

export const toBytes = ({ type, message }: Said): Buffer => Buffer.from(message, type === 'text' ? 'utf8' : 'base64');
