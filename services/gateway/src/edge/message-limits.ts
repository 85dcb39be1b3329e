/** How much one client may say. */
import { closeCodes } from '@wscm/contracts';
import type { CloseReason } from '../session';
import { TokenBucket } from './token-bucket';

export interface MessageLimitOptions {
  /** A second; 0: no limit. */
  messageRate: number;
  byteRate: number;
  /** So many seconds' worth may come at once. */
  burstS: number;
  /** One message of this size may always come. */
  maxMessageBytes: number;
}

/** What one client has left. */
export interface Allowance {
  messages: TokenBucket;
  bytes: TokenBucket;
}

const { code } = closeCodes.policy;
const tooManyMessages: CloseReason = { code, reason: 'too many messages' };
const tooManyBytes: CloseReason = { code, reason: 'too many bytes' };

export class MessageLimits {
  private readonly messageBurst: number;
  private readonly byteBurst: number;

  constructor(private readonly options: MessageLimitOptions) {
    const { messageRate, byteRate, burstS, maxMessageBytes } = options;
    this.messageBurst = Math.max(1, messageRate * burstS);
    this.byteBurst = Math.max(maxMessageBytes, byteRate * burstS);
  }

  /** Of a new client; null where nothing is limited. */
  allowance(): Allowance | null {
    if (this.options.messageRate === 0 && this.options.byteRate === 0) return null;
    return { messages: new TokenBucket(this.messageBurst), bytes: new TokenBucket(this.byteBurst) };
  }

  /** Why a client that says so much must go. */
  excess({ messages, bytes }: Allowance, size: number): CloseReason | undefined {
    const { messageRate, byteRate } = this.options;
    const now = performance.now();
    if (messageRate > 0 && !messages.take(1, messageRate, this.messageBurst, now)) return tooManyMessages;
    if (byteRate > 0 && !bytes.take(size, byteRate, this.byteBurst, now)) return tooManyBytes;
    return undefined;
  }
}
