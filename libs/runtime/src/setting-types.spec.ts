/** The kinds of values that settings have. */
import { commaSeparated, host, isLoopback, logLevel, port, url, wholeNumber } from './setting-types';

test.each([
  ['1', 1],
  ['10', 10],
  ['007', 7],
])('%j is a whole number from 1 to 10', (text, value) => {
  expect(wholeNumber(1, 10).parse(text)).toBe(value);
});

test.each(['0', '11', '-5', '1.5', '1e1', '0x5', ' 5', '5 ', '5s', 'five', '', '٥', '9'.repeat(400)])(
  '%j is no whole number from 1 to 10',
  (text) => {
    const issues = wholeNumber(1, 10).safeParse(text).error?.issues;
    expect(issues).toMatchObject([{ message: 'must be a whole number from 1 to 10' }]);
  },
);

test('bounds may be negative', () => {
  expect(wholeNumber(-5, -1).parse('-3')).toBe(-3);
});

test('a port is one that a process can ask for, 0 for a free one', () => {
  expect(port.parse('0')).toBe(0);
  expect(port.parse('65535')).toBe(65535);
  expect(port.safeParse('65536').success).toBe(false);
  expect(port.safeParse('-1').success).toBe(false);
});

test.each(['nats://127.0.0.1:4222', 'tls://host', 'nats://user:password@host:1', 'nats://a:1,nats://b:2'])(
  '%s is a URL that stays as it is',
  (text) => {
    expect(url('nats', 'tls').parse(text)).toBe(text);
  },
);

test.each(['http://host', 'nats:host', 'nats://', 'host:4222', 'xnats://host', 'nats:// host', 'nats://bad host'])(
  '%j is refused',
  (text) => {
    const issues = url('nats', 'tls').safeParse(text).error?.issues;
    expect(issues).toMatchObject([{ message: 'must be a URL that starts with nats:// or tls://' }]);
  },
);

test('a scheme may have a plus sign', () => {
  expect(url('mongodb+srv').parse('mongodb+srv://cluster.example/wscm')).toBe('mongodb+srv://cluster.example/wscm');
});

test('values between commas lose their blanks, and empty ones are dropped', () => {
  expect(commaSeparated.parse(' 10.0.0.1 , ,10.0.0.2,')).toEqual(['10.0.0.1', '10.0.0.2']);
  expect(commaSeparated.parse('')).toEqual([]);
});

test('a level of the log is one that the logger knows', () => {
  expect(logLevel.parse('silent')).toBe('silent');
  expect(logLevel.safeParse('loud').success).toBe(false);
});

test.each<[string, boolean]>([
  ['127.0.0.1', true],
  ['127.9.9.9', true],
  ['::1', true],
  ['localhost', true],
  ['[::1]', true],
  ...['', ' ', '0', '127.1', '2130706433', '0x7f000001', '::ffff:127.0.0.1', '[::]', 'LOCALHOST', 'localhost.'].map(
    (host): [string, boolean] => [host, false],
  ),
  ['0.0.0.0', false],
  ['::', false],
  ['127.0.0.1.example.com', false],
  ['10.0.0.1', false],
  ['example.com', false],
])('%s is loopback: %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});

test('localhost is this machine, whatever its resolver says', () => {
  expect(['localhost', '10.0.0.1', '::'].map((text) => host.parse(text))).toEqual(['127.0.0.1', '10.0.0.1', '::']);
});
