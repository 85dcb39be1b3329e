/** What the stream tells of a client at its connect. */
import { jsonOf, siteForEachTest, type StoredEvent, type TestGateway } from '../testing/site';

const site = siteForEachTest();

/** Connects with a request line and headers as they stand; gives what the stream tells of it. */
async function factsOf(
  target: string,
  headers: string[] = [],
  gateway?: TestGateway,
): Promise<Record<string, unknown>> {
  const client = await site.connectRaw(gateway ?? (await site.startGateway()));
  return jsonOf(await site.untilEvent('connected', await client.upgrade(target, headers)));
}

test('path, query, headers and address of the connect are told, with all counters at zero', async () => {
  const before = Date.now();
  const { connectedAt, ...facts } = await factsOf('/room/1?user=ann&lang=de', [
    'User-Agent: test',
    'X-Mixed: Case Stays',
  ]);
  expect(facts).toEqual({
    path: '/room/1',
    query: { user: 'ann', lang: 'de' },
    headers: {
      host: '127.0.0.1',
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'user-agent': 'test',
      'x-mixed': 'Case Stays',
    },
    remoteAddress: '127.0.0.1',
    user: null,
    connectOrder: 0,
    epoch: 1,
    messagesFromClient: 0,
    messagesToClient: 0,
    broadcasts: 0,
    order: 0,
  });
  expect(new Date(connectedAt as string).toISOString()).toBe(connectedAt);
  expect(Date.parse(connectedAt as string)).toBeGreaterThanOrEqual(before);
});

test('the event is a CloudEvent of JSON with number 0', async () => {
  const client = await site.connect(await site.startGateway());
  const { headers } = await site.untilEvent('connected', client.replyId);
  expect(headers).toMatchObject({
    'ce-type': 'wscm.connected',
    'ce-subject': client.replyId,
    'content-type': 'application/json',
    'wscm-seq': '0',
    'Nats-Msg-Id': headers['ce-id'],
  });
});

test.each<[string, string, object]>([
  ['a path as it stands', '/a%20b//%C3%BC/../c', { path: '/a%20b//%C3%BC/../c', query: {} }],
  ['repeated names', '/?a=1&a=2&b=3', { path: '/', query: { a: ['1', '2'], b: '3' } }],
  ['percent-encoding', '/?q=%E2%82%AC+%26&%C3%BC=1', { query: { q: '€ &', ü: '1' } }],
  ['empty names and values', '/?&=x&a=&b', { query: { '': 'x', a: '', b: '' } }],
  ['an empty query', '/?', { query: {} }],
  ['zero bytes', '/%00?a%00=%00', { path: '/%00', query: { 'a\uFFFD': '\0' } }],
])('%s of the target is told', async (_, target, expected) => {
  await expect(factsOf(target)).resolves.toMatchObject(expected);
});

test('headers that are repeated are joined', async () => {
  const { headers } = await factsOf('/', ['X-Tag: one', 'x-tag: two', 'X-Empty:', 'X-TAG: three']);
  expect(headers).toMatchObject({ 'x-tag': 'one, two, three', 'x-empty': '' });
});

test('secrets appear nowhere in the stream', async () => {
  const { headers } = await factsOf('/', [
    'Authorization: Bearer sesame-1',
    'COOKIE: session=sesame-2',
    'cookie: more=sesame-3',
    'Proxy-Authorization: Basic sesame-4',
    'X-Open: seen',
  ]);
  expect(headers).toMatchObject({ 'x-open': 'seen' });
  const told = (await site.events()).map((event: StoredEvent) => JSON.stringify(event.headers) + event.data.toString());
  expect(told.join()).not.toMatch(/sesame|dGhlIHNhbXBsZSBub25jZQ|authorization|cookie|sec-websocket-key/i);
});

describe('behind a proxy', () => {
  const forwarded = ['X-Forwarded-For: 198.51.100.1, 203.0.113.9'];

  test('that is trusted, the address is the one it wrote', async () => {
    const gateway = await site.startGateway({ TRUSTED_PROXIES: '127.0.0.0/8' });
    await expect(factsOf('/', forwarded, gateway)).resolves.toMatchObject({ remoteAddress: '203.0.113.9' });
  });

  test('that is trusted, it may write one header for each hop', async () => {
    const gateway = await site.startGateway({ TRUSTED_PROXIES: '127.0.0.1,10.0.0.0/8' });
    const headers = ['X-Forwarded-For: 203.0.113.9', 'X-Forwarded-For: 10.0.0.7'];
    await expect(factsOf('/', headers, gateway)).resolves.toMatchObject({ remoteAddress: '203.0.113.9' });
  });

  test.each([{}, { TRUSTED_PROXIES: '10.0.0.0/8' }])('that is not trusted, it is the peer itself (%o)', async (env) => {
    const gateway = await site.startGateway(env);
    await expect(factsOf('/', forwarded, gateway)).resolves.toMatchObject({ remoteAddress: '127.0.0.1' });
  });
});

test('a client that offers subprotocols gets the first of them', async () => {
  const gateway = await site.startGateway();
  const client = await site.connect(gateway, '/', { protocols: ['chat.v2', 'chat.v1'] });
  expect(client.socket.protocol).toBe('chat.v2');
  const plain = await site.connect(gateway);
  expect(plain.socket.protocol).toBe('');
});

test('a client that connects after messages and broadcasts is told apart from them', async () => {
  const gateway = await site.startGateway();
  const early = await site.connect(gateway);
  await site.command('send', early.replyId, 'one');
  await site.broadcast('two');
  await expect(factsOf('/', [], gateway)).resolves.toMatchObject({
    connectOrder: 2,
    order: 2,
    broadcasts: 1,
    messagesToClient: 0,
  });
});
