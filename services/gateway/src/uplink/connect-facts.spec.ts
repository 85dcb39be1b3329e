/** What is told of a client's request, and what is kept secret. */
import { emptyRecord } from '../edge/upgrade-request';
import { connectFacts, queryOf } from './connect-facts';

describe('a query', () => {
  test.each<[string, string | undefined, object]>([
    ['that is absent is empty', undefined, {}],
    ['without text is empty', '', {}],
    ['has a value for each name', 'a=1&b=2', { a: '1', b: '2' }],
    ['has a list for a name that is repeated', 'a=1&b=x&a=2&a=3', { a: ['1', '2', '3'], b: 'x' }],
    ['keeps empty values and names', 'a=&b&=c', { a: '', b: '', '': 'c' }],
    ['is decoded', 'q=a%20b+c%26d%3D%E2%82%AC&%C3%BC=%F0%9F%98%80', { q: 'a b c&d=€', ü: '😀' }],
    ['keeps what is no good encoding', 'q=%zz%', { q: '%zz%' }],
    ['has replacement characters for what is no UTF-8', 'q=%ff', { q: '\uFFFD' }],
    ['has no zero byte in a name', 'a%00b=c%00d', { 'a\uFFFDb': 'c\0d' }],
    ['keeps dots and dollars', '$where=1&a.b=2', { $where: '1', 'a.b': '2' }],
  ])('%s', (_, text, expected) => {
    expect(queryOf(text)).toEqual(expected);
  });

  test('may name what every object has, and changes nothing by it', () => {
    const query = queryOf('__proto__=x&constructor=y&toString=z');
    expect(Object.entries(query)).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
      ['toString', 'z'],
    ]);
  });
});

describe('of what a client asked with', () => {
  const factsOf = (headers: Record<string, string>, query = '') =>
    connectFacts({ path: '/', query, headers, remoteAddress: '203.0.113.9' }, { user: 'ann' }, 'access_token');

  test.each([
    'authorization',
    'cookie',
    'proxy-authorization',
    'sec-websocket-key',
    'x-api-key',
    'apikey',
    'x-auth-token',
    'x-amz-security-token',
    'x-client-secret',
    'x_api_key',
    'accesstoken',
    'x-user-password',
    'x-forwarded-authorization',
    'cf-access-jwt-assertion',
  ])('%s is not told', (name) => {
    expect(factsOf({ [name]: 'hidden', host: 'here' }).headers).toEqual({ host: 'here' });
  });

  test.each([
    'user-agent',
    'x-token-count',
    'x-cookie-consent',
    'x-authorization-time',
    'x-request-id',
    'secretary',
    'origin',
  ])('%s is told', (name) => {
    expect(factsOf({ [name]: 'shown' }).headers).toEqual({ [name]: 'shown' });
  });

  test('a header may be named as what every object has', () => {
    const asked = emptyRecord();
    for (const name of ['__proto__', 'constructor', 'tostring', 'host']) {
      expect(asked[name]).toBeUndefined();
      asked[name] = 'x';
    }
    const { headers } = JSON.parse(JSON.stringify(factsOf(asked))) as { headers: object };
    expect(Object.keys(headers)).toEqual(['__proto__', 'constructor', 'tostring', 'host']);
  });

  test('the parameter with the token is not told, however it is written', () => {
    const query = 'a=1&access_token=hidden&access%5Ftoken=hidden&access_token=&b=2';
    expect(factsOf({}, query).query).toEqual({ a: '1', b: '2' });
  });

  test('a subprotocol is told, a token among them not', () => {
    const { headers } = factsOf({ 'sec-websocket-protocol': 'chat, wscm.jwt.hidden, bearer, hidden' });
    expect(headers).toEqual({ 'sec-websocket-protocol': 'chat, bearer' });
    expect(factsOf({ 'sec-websocket-protocol': 'wscm.jwt.hidden' }).headers).toEqual({});
  });
});
