/** Rates, and whose connections are counted together. */
import { ConnectLimits, networkOf } from './connect-limits';
import { MessageLimits } from './message-limits';
import { TokenBucket } from './token-bucket';

test('a bucket gives a burst at once, and then so much a second', () => {
  const started = 0;
  const bucket = new TokenBucket(20, started);
  const taken = (afterMs: number): number => {
    let count = 0;
    while (bucket.take(1, 10, 20, started + afterMs)) count++;
    return count;
  };
  expect([taken(0), taken(50), taken(1_000), taken(1_100), taken(3_600_000)]).toEqual([20, 0, 10, 1, 20]);
});

test.each([
  ['203.0.113.9', '203.0.113.9'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8::7', '2001:db8:0:0'],
  ['2001:db8:1:2::', '2001:db8:1:2'],
  ['::1', '0:0:0:0'],
  ['', ''],
])('%s is counted as %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});

const NONE = { maxConnections: 0, maxPerAddress: 0, ratePerAddress: 0, burstS: 1 };

test('connections are counted until they close', () => {
  const limits = new ConnectLimits({ ...NONE, maxConnections: 3, maxPerAddress: 2 });
  for (const address of ['a', 'a', 'b']) {
    expect(limits.attempt(address)).toBeUndefined();
    limits.opened(address);
  }
  expect(limits.attempt('b')).toBe('connections');
  limits.closed('b');
  expect([limits.attempt('a'), limits.attempt('b')]).toEqual(['connections-per-address', undefined]);
  limits.closed('a');
  expect(limits.attempt('a')).toBeUndefined();
});

test('attempts are counted for each address, and addresses beyond number cost no memory', () => {
  const limits = new ConnectLimits({ ...NONE, ratePerAddress: 2 });
  expect([1, 2, 3].map(() => limits.attempt('a'))).toEqual([undefined, undefined, 'connect-rate']);
  expect(limits.attempt('b')).toBeUndefined();
  for (let count = 0; count < 60_000; count++) limits.attempt(`10.0.${count >> 8}.${count & 255}`);
  expect(limits['attempts'].size).toBe(50_000);
});

test('who has an IPv6 address has all of its network, and is counted once for it', () => {
  const limits = new ConnectLimits({ ...NONE, ratePerAddress: 2, maxPerAddress: 1 });
  limits.opened('2001:db8::1');
  expect(limits.full('2001:db8::2')).toBe('connections-per-address');
  expect(limits.attempt('2001:db8::2')).toBe('connections-per-address');
  expect(limits.full('2001:db8:1::1')).toBeUndefined();
  limits.closed('2001:db8::1');
  expect(limits['open'].size).toBe(0);
  expect([limits.attempt('2001:db8::3'), limits.attempt('2001:db8::4')]).toEqual([undefined, 'connect-rate']);
});

test('who goes on asking is not forgotten for others that ask once', () => {
  const limits = new ConnectLimits({ ...NONE, ratePerAddress: 1, burstS: 3_600 });
  for (let count = 0; count < 3_600; count++) limits.attempt('203.0.113.1');
  for (let count = 0; count < 60_000; count++) {
    limits.attempt(`10.0.${count >> 8}.${count & 255}`);
    if (count % 10_000 === 0) limits.attempt('203.0.113.1');
  }
  expect(limits.attempt('203.0.113.1')).toBe('connect-rate');
});

test('the largest message may always come, whatever the rate of bytes', () => {
  const limits = new MessageLimits({ messageRate: 0, byteRate: 10, burstS: 1, maxMessageBytes: 1_000 });
  const allowance = limits.allowance('a')!;
  expect(limits.excess(allowance, 1_000, 'a')).toBeUndefined();
  expect(limits.excess(allowance, 1_000, 'a')).toEqual({ code: 1008, reason: 'too many bytes' });
  expect(limits.excess(limits.allowance('a')!, 1_000, 'a')).toBeUndefined();
});

test('who was closed for it gets no burst again for a while, and nobody else is worse off', () => {
  const limits = new MessageLimits({ messageRate: 1_000, byteRate: 0, burstS: 10, maxMessageBytes: 1 });
  const saysAtOnce = (address: string): number => {
    const allowance = limits.allowance(address)!;
    let count = 0;
    while (!limits.excess(allowance, 1, address)) count++;
    return count;
  };
  expect(saysAtOnce('203.0.113.1')).toBeGreaterThanOrEqual(10_000);
  expect(saysAtOnce('203.0.113.1')).toBeLessThan(100);
  expect(saysAtOnce('203.0.113.2')).toBeGreaterThanOrEqual(10_000);
  for (let count = 0; count < 11_000; count++) limits['remember'](`10.0.${count >> 8}.${count & 255}`);
  expect(limits['offenders'].size).toBe(10_000);
  expect(saysAtOnce('203.0.113.1')).toBeGreaterThanOrEqual(10_000);
  for (let count = 0; count < 9_999; count++) limits['remember'](`10.1.${count >> 8}.${count & 255}`);
  limits['remember']('203.0.113.1');
  for (let count = 0; count < 9_999; count++) limits['remember'](`10.2.${count >> 8}.${count & 255}`);
  expect(saysAtOnce('203.0.113.1')).toBeLessThan(100);
});

test('who was closed for it gets a burst again after a minute', () => {
  jest.useFakeTimers();
  try {
    const limits = new MessageLimits({ messageRate: 10, byteRate: 0, burstS: 10, maxMessageBytes: 1 });
    const saysAtOnce = (count: number): number => {
      const allowance = limits.allowance('2001:db8::1')!;
      return Array.from({ length: count }, () => limits.excess(allowance, 1, '2001:db8::2')).filter((no) => !no).length;
    };
    expect(saysAtOnce(101)).toBe(100);
    jest.advanceTimersByTime(59_000);
    expect(saysAtOnce(1)).toBe(1);
    expect(saysAtOnce(2)).toBe(1);
    jest.advanceTimersByTime(61_000);
    expect(saysAtOnce(100)).toBe(100);
  } finally {
    jest.useRealTimers();
  }
});

test('who was closed for bytes gets no burst of bytes either', () => {
  const limits = new MessageLimits({ messageRate: 0, byteRate: 1_000, burstS: 10, maxMessageBytes: 1 });
  expect(limits.excess(limits.allowance('a')!, 10_000, 'a')).toBeUndefined();
  expect(limits.excess(limits.allowance('a')!, 10_001, 'a')).toMatchObject({ code: 1008 });
  expect(limits.excess(limits.allowance('a')!, 100, 'a')).toMatchObject({ code: 1008 });
});
