/** How much one client may say. */
import { closeCodes } from '@wscm/contracts';
import type { CloseReason } from '../session';
import { networkOf } from './connect-limits';
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

/** A client that was closed comes back at once, where it means harm: so long it gets no burst again. */
const OFFENCE_MS = 60_000;
/** So many networks are remembered for it. */
const REMEMBERED = 10_000;
/** The part of a second that a client of such a network may say at once; then as fast as any other. */
const WITHOUT_BURST = 0.01;

export class MessageLimits {
  private readonly messageBurst: number;
  private readonly byteBurst: number;
  /** Networks of which a client was closed: until when their new clients begin without a burst. */
  private readonly offenders = new Map<string, number>();

  constructor(private readonly options: MessageLimitOptions) {
    const { messageRate, byteRate, burstS, maxMessageBytes } = options;
    this.messageBurst = messageRate * burstS;
    this.byteBurst = Math.max(maxMessageBytes, byteRate * burstS);
  }

  /** Whether anything is limited. */
  get any(): boolean {
    return this.options.messageRate > 0 || this.options.byteRate > 0;
  }

  /** Of a new client; null where nothing is limited. */
  allowance(address: string): Allowance | null {
    if (!this.any) return null;
    const { messageRate, byteRate, maxMessageBytes } = this.options;
    const offended = (this.offenders.get(networkOf(address)) ?? 0) > performance.now();
    return {
      messages: new TokenBucket(offended ? Math.max(1, messageRate * WITHOUT_BURST) : this.messageBurst),
      bytes: new TokenBucket(offended ? Math.max(maxMessageBytes, byteRate * WITHOUT_BURST) : this.byteBurst),
    };
  }

  /** Why a client that says so much must go. */
  excess(allowance: Allowance, size: number, address: string): CloseReason | undefined {
    const reason = this.fault(allowance, size);
    if (reason) this.remember(networkOf(address));
    return reason;
  }

  private fault({ messages, bytes }: Allowance, size: number): CloseReason | undefined {
    const { messageRate, byteRate } = this.options;
    const now = performance.now();
    if (messageRate > 0 && !messages.take(1, messageRate, this.messageBurst, now)) return tooManyMessages;
    if (byteRate > 0 && !bytes.take(size, byteRate, this.byteBurst, now)) return tooManyBytes;
    return undefined;
  }

  private remember(network: string): void {
    this.offenders.delete(network);
    this.offenders.set(network, performance.now() + OFFENCE_MS);
    const [oldest] = this.offenders.keys();
    if (oldest !== undefined && this.offenders.size > REMEMBERED) this.offenders.delete(oldest);
  }
}
