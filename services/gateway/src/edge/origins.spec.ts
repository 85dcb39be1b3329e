/** Which pages may connect. */
import { isOrigin, originCheck } from './origins';

const check = (allowed: string[] | undefined, origin: string | undefined, host = 'ws.example.com'): boolean =>
  originCheck(allowed)({
    path: '/',
    query: '',
    headers: { host, ...(origin === undefined ? {} : { origin }) },
    remoteAddress: '203.0.113.9',
  });

test.each<[string | undefined, string, boolean]>([
  [undefined, 'ws.example.com', true],
  ['https://ws.example.com', 'ws.example.com', true],
  ['https://WS.example.com', 'ws.EXAMPLE.com', true],
  ['https://ws.example.com', 'ws.example.com:443', true],
  ['http://ws.example.com', 'ws.example.com:80', true],
  ['http://ws.example.com:8080', 'ws.example.com:8080', true],
  ['http://[::1]:8080', '[::1]:8080', true],
  ['https://ws.example.com', 'ws.example.com:8443', false],
  ['https://evil.com', 'ws.example.com', false],
  ['https://ws.example.com.evil.com', 'ws.example.com', false],
  ['https://example.com', 'ws.example.com', false],
  ['null', 'ws.example.com', false],
  ['', 'ws.example.com', false],
  ['file://', '', false],
  ['https://a, https://ws.example.com', 'ws.example.com', false],
])('without a list, a page of %s on the host %s: %s', (origin, host, expected) => {
  expect(check(undefined, origin, host)).toBe(expected);
});

test('without a list and without a host, no page may', () => {
  const request = { path: '/', query: '', remoteAddress: '203.0.113.9' };
  expect(originCheck(undefined)({ ...request, headers: { origin: 'http://undefined' } })).toBe(false);
});

test.each<[string, string | undefined, boolean]>([
  ['https://app.example.com', 'https://app.example.com', true],
  ['https://app.example.com', 'https://APP.example.com', true],
  ['https://app.example.com', 'http://app.example.com', false],
  ['https://app.example.com', 'https://app.example.com:8443', false],
  ['https://app.example.com', 'https://ws.example.com', false],
  ['https://app.example.com', undefined, true],
  ['https://*.example.com', 'https://a.example.com', true],
  ['https://*.example.com', 'https://a.b.example.com', true],
  ['https://*.example.com', 'http://ab.example.com', false],
  ['https://*.example.com', 'https://example.com', false],
  ['https://*.example.com', 'https://evil.com/.example.com', false],
  ['https://*.example.com', 'https://evilexample.com', false],
  ['null', 'null', true],
  ['*', 'https://anything', true],
])('with the list %s, a page of %s: %s', (listed, origin, expected) => {
  expect(check([listed], origin)).toBe(expected);
});

test.each(['*', 'null', 'https://a.example', 'http://127.0.0.1:3000', 'https://*.example.com', 'http://[::1]:80'])(
  '%s may be listed',
  (text) => expect(isOrigin(text)).toBe(true),
);

test.each([
  'example.com',
  'https://',
  'https://a/b',
  'https://a.example/',
  'https://u@a',
  'https://a.*.b',
  'https://*',
])('%s may not be listed', (text) => expect(isOrigin(text)).toBe(false));
