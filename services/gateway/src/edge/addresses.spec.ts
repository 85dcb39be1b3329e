/** Whose address a client is told to have. */
import { clientAddress, shortAddress, trustProxies } from './addresses';

const nobody = trustProxies([]);
const proxies = trustProxies(['10.0.0.0/8', '::1', 'fd00::/8']);

describe('the address of a client', () => {
  test.each<[string, string, string | undefined, string]>([
    ['is its own, where no proxy stands between', '203.0.113.9', undefined, '203.0.113.9'],
    ['is its own, whatever a client that is no trusted proxy claims', '203.0.113.9', '198.51.100.1', '203.0.113.9'],
    ['is what a trusted proxy wrote', '10.0.0.1', '203.0.113.9', '203.0.113.9'],
    ['is the nearest that no trusted proxy has', '10.0.0.1', '203.0.113.9, 10.0.0.2', '203.0.113.9'],
    ['is not what a client put before it', '10.0.0.1', '127.0.0.1, 198.51.100.1, 203.0.113.9', '203.0.113.9'],
    ['is not what a client put before it to look like a proxy', '10.0.0.1', '10.9.9.9, 203.0.113.9', '203.0.113.9'],
    ['is the furthest of the proxies where all are trusted', '10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
    ['is the proxy that wrote garbage', '10.0.0.1', 'garbage', '10.0.0.1'],
    ['is the proxy before garbage', '10.0.0.1', '203.0.113.9, unknown, 10.0.0.2', '10.0.0.2'],
    ['is the proxy that wrote nothing', '10.0.0.1', '', '10.0.0.1'],
    ['is the proxy that wrote commas', '10.0.0.1', ' , ,', '10.0.0.1'],
    ['is told without blanks', '10.0.0.1', '\t203.0.113.9 ', '203.0.113.9'],
    ['may be of IPv6', '::1', '2001:db8::7', '2001:db8::7'],
    ['is found behind proxies of IPv6 and IPv4', '::1', '2001:db8::7, fd00::5, 10.0.0.2', '2001:db8::7'],
    ['is found behind a proxy told as IPv4 within IPv6', '::ffff:10.0.0.1', '203.0.113.9', '203.0.113.9'],
    ['is not believed of one beside the trusted network', '11.0.0.1', '203.0.113.9', '11.0.0.1'],
    ['is no out-of-range number', '10.0.0.1', '256.1.1.1', '10.0.0.1'],
    ['is no script', '10.0.0.1', '<script>alert(1)</script>', '10.0.0.1'],
  ])('%s', (_, peer, forwardedFor, expected) => {
    expect(clientAddress(peer, forwardedFor, proxies)).toBe(expected);
  });

  test('is its own where nobody is trusted', () => {
    expect(clientAddress('127.0.0.1', '203.0.113.9', nobody)).toBe('127.0.0.1');
  });

  test('is found through a long chain at once', () => {
    const chain = Array.from({ length: 500 }, () => '10.0.0.2').join(',');
    expect(clientAddress('10.0.0.1', `203.0.113.9,${chain}`, proxies)).toBe('203.0.113.9');
  });
});

test.each([
  ['127.0.0.1', '127.0.0.1'],
  ['0000:0000:0000:0000:0000:ffff:7f00:0001', '127.0.0.1'],
  ['0000:0000:0000:0000:0000:ffff:cb00:71ff', '203.0.113.255'],
  ['0000:0000:0000:0000:0000:0000:0000:0001', '::1'],
  ['2001:0db8:0000:0000:0000:ffff:7f00:0001', '2001:db8::ffff:7f00:1'],
  ['', ''],
])('a peer that the library calls %j is told as %s', (address, expected) => {
  expect(shortAddress(address)).toBe(expected);
});

test.each(['10.0.0.0/33', 'localhost', '10.0.0.256', '::1/129'])('%s is refused as a trusted proxy', (address) => {
  expect(() => trustProxies([address])).toThrow();
});
