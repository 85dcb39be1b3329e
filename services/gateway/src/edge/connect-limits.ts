/** How many connections there may be, in all and from one address, and how fast one address may ask for more. */
import { isIPv6 } from 'node:net';
import type { RefusalReason } from './identity';
import { TokenBucket } from './token-bucket';

export interface ConnectLimitOptions {
  /** 0 in any of these: no limit. */
  maxConnections: number;
  maxPerAddress: number;
  /** Attempts a second. */
  ratePerAddress: number;
  /** So many seconds' worth of attempts may come at once. */
  burstS: number;
}

/** So many addresses' rates are remembered; the one that was quiet for longest is forgotten first. */
const REMEMBERED = 50_000;

export class ConnectLimits {
  private readonly open = new Map<string, number>();
  private readonly attempts = new Map<string, TokenBucket>();
  private total = 0;

  constructor(private readonly options: ConnectLimitOptions) {}

  /** Counts an attempt. */
  attempt(address: string): RefusalReason | undefined {
    const { ratePerAddress: rate, burstS } = this.options;
    if (rate === 0) return this.full(address);
    const network = networkOf(address);
    const bucket = this.attempts.get(network) ?? new TokenBucket(rate * burstS);
    this.attempts.delete(network);
    this.attempts.set(network, bucket);
    if (this.attempts.size > REMEMBERED) this.forgetQuietest();
    return bucket.take(1, rate, rate * burstS, performance.now()) ? this.full(address) : 'connect-rate';
  }

  private forgetQuietest(): void {
    const [quietest] = this.attempts.keys();
    if (quietest !== undefined) this.attempts.delete(quietest);
  }

  /** Why one more connection would be too much. */
  full(address: string): RefusalReason | undefined {
    const { maxConnections, maxPerAddress } = this.options;
    if (maxConnections > 0 && this.total >= maxConnections) return 'connections';
    if (maxPerAddress > 0 && (this.open.get(networkOf(address)) ?? 0) >= maxPerAddress)
      return 'connections-per-address';
    return undefined;
  }

  opened(address: string): void {
    this.total++;
    if (this.options.maxPerAddress === 0) return;
    const network = networkOf(address);
    this.open.set(network, (this.open.get(network) ?? 0) + 1);
  }

  closed(address: string): void {
    this.total--;
    if (this.options.maxPerAddress === 0) return;
    const network = networkOf(address);
    const left = (this.open.get(network) ?? 0) - 1;
    if (left > 0) this.open.set(network, left);
    else this.open.delete(network);
  }
}

/** An IPv4 address itself; of an IPv6 address the first 64 bits, since whoever has one address has all of these. */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.split('::');
  const before = head === '' ? [] : head.split(':');
  if (tail === undefined) return before.slice(0, 4).join(':');
  const after = tail === '' ? [] : tail.split(':');
  const zeros = Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0');
  return [...before, ...zeros, ...after].slice(0, 4).join(':');
}
