/** The first word of a gateway to each client. */
import { once } from 'node:events';
import WebSocket from 'ws';
import { siteForEachTest, type TestGateway } from './testing/site';

const site = siteForEachTest();

/** The first frame as it comes, by a client that knows nothing of greetings. */
async function firstFrame(gateway: TestGateway, path: string): Promise<{ text: string; isBinary: boolean }> {
  const socket = new WebSocket(`${gateway.url}${path}`);
  const [data, isBinary] = (await once(socket, 'message')) as [Buffer, boolean];
  socket.terminate();
  return { text: data.toString(), isBinary };
}

test.each(['/', '/room/1', '/room/1?user=a&user=b', '//', '/%00%ff', `/${'long/'.repeat(200)}`])(
  'tells a client on %s its replyId, verbatim as documented',
  async (path) => {
    const gateway = await site.startGateway();
    const { text, isBinary } = await firstFrame(gateway, path);
    const { replyId } = JSON.parse(text) as { replyId: string };
    expect(text).toBe(`{"type":"connected","replyId":"${replyId}","clientId":"${replyId}"}`);
    expect(isBinary).toBe(false);
    expect(replyId).toMatch(/^[A-Za-z0-9_-]{16}\.[A-Za-z0-9_-]{22}$/);
  },
);

test('comes before any broadcast, however many are under way', async () => {
  const gateway = await site.startGateway();
  const enough = new AbortController();
  const broadcasts = (async () => {
    while (!enough.signal.aborted) await Promise.all([site.broadcast('news'), site.broadcast('x'.repeat(50_000))]);
  })();
  const frames = [];
  for (let count = 0; count < 50; count++) frames.push(await firstFrame(gateway, '/'));
  enough.abort();
  await broadcasts;
  for (const { text } of frames) expect(text).toMatch(/^\{"type":"connected",/);
});

test('gives every one of 1,000 clients an id of its own, below the id of their gateway', async () => {
  const gateway = await site.startGateway();
  const clients = await site.connectMany(gateway, 1_000);
  expect(new Set(clients.map(({ replyId }) => replyId)).size).toBe(1_000);
  expect(new Set(clients.map(({ replyId }) => replyId.split('.')[0])).size).toBe(1);
});

test('is no message to the client: no event tells of it', async () => {
  const gateway = await site.startGateway();
  const client = await site.connect(gateway);
  await client.close();
  await gateway.stop();
  const kinds = (await site.events()).map(({ kind }) => kind);
  expect(kinds).toEqual(['connected', 'disconnected']);
});
