/** A client that stops reading while it is sent to. */
import type { RawClient } from '../testing/raw-client';
import { jsonOf, metricOf, siteForEachTest, type TestGateway } from '../testing/site';

const site = siteForEachTest();
const CHUNK = 'x'.repeat(131_072);
const LIMIT = 1_048_576;
const SLOW = { code: 4000, reason: 'too slow to read what was sent' };

/** More than the limit and all that the kernel keeps for both ends. */
const MANY = 500;

async function connectSlowReader(gateway: TestGateway): Promise<RawClient> {
  const reader = await site.connectRaw(gateway);
  await reader.upgrade();
  reader.stopReading();
  return reader;
}

test('sends to it are delivered, buffered, and dropped past the limit; then it is closed', async () => {
  const gateway = await site.startGateway();
  const [reader, other] = [await connectSlowReader(gateway), await site.connect(gateway)];
  const results: string[] = [];
  while (results.at(-1) !== 'dropped' && results.length < MANY) {
    const { result } = (await site.command('send', reader.replyId, CHUNK)) as { result: string };
    results.push(result);
    await site.command('send', other.replyId, String(results.length));
  }
  expect(results.join(' ')).toMatch(/^delivered (delivered |buffered )*buffered dropped$/);
  await expect(site.command('send', reader.replyId, 'more')).resolves.toEqual({ result: 'gone' });
  expect(jsonOf(await site.untilEvent('disconnected', reader.replyId))).toEqual(SLOW);
  const delivered = await site.untilEvents(`delivered.${reader.replyId}`, results.length - 1);
  expect(delivered).toHaveLength(results.length - 1);
  await other.untilReceived(results.length);
  expect(other.texts).toEqual(results.map((_, index) => String(index + 1)));
  await expect(metricOf(gateway, 'wscm_gateway_disconnects_total{code="4000"}')).resolves.toBe(1);

  reader.readOn();
  await reader.untilClosed();
  const unread = delivered.length * CHUNK.length - reader.received.length;
  expect(unread).toBeGreaterThan(LIMIT - CHUNK.length);
  expect(unread).toBeLessThan(LIMIT + 2 * CHUNK.length);
});

test('broadcasts reach everybody else, and count it as dropped once', async () => {
  const gateway = await site.startGateway();
  const [reader, other] = [await connectSlowReader(gateway), await site.connect(gateway)];
  const answers = [];
  while (answers.at(-1)?.delivered !== 1 && answers.length < MANY) {
    const [answer] = await site.broadcast(CHUNK);
    answers.push({ delivered: answer?.delivered, dropped: answer?.dropped });
  }
  expect(answers.pop()).toEqual({ delivered: 1, dropped: 1 });
  expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toEqual(new Set(['{"delivered":2,"dropped":0}']));
  expect(jsonOf(await site.untilEvent('disconnected', reader.replyId))).toEqual(SLOW);
  await expect(site.broadcast('after')).resolves.toMatchObject([{ delivered: 1, dropped: 0 }]);
  await other.untilReceived(answers.length + 2);
  expect(other.texts.map(({ length }) => length)).toEqual([...answers.map(() => CHUNK.length), CHUNK.length, 5]);
  expect(other.closed).toBeUndefined();
});

test('a small broadcast, which the sockets get a little later, is counted as truthfully', async () => {
  const gateway = await site.startGateway();
  const [reader, other] = [await connectSlowReader(gateway), await site.connect(gateway)];
  const results: string[] = [];
  while (results.filter((result) => result === 'buffered').length < 4 && results.length < MANY) {
    const { result } = (await site.command('send', reader.replyId, CHUNK)) as { result: string };
    results.push(result);
  }
  let answer;
  let broadcasts = 0;
  do {
    [answer] = await site.broadcast('x'.repeat(8_000));
    broadcasts++;
  } while (answer?.delivered === 2 && broadcasts < 1_000);
  expect(answer).toMatchObject({ delivered: 1, dropped: 1 });
  await other.untilReceived(broadcasts);
});

test('one that reads on in time is left alone, and misses nothing', async () => {
  const gateway = await site.startGateway();
  const reader = await connectSlowReader(gateway);
  let sent = 0;
  let result = '';
  while (result !== 'buffered' && sent < MANY) {
    ({ result } = (await site.command('send', reader.replyId, CHUNK)) as { result: string });
    sent++;
  }
  expect(result).toBe('buffered');
  reader.readOn();
  await expect(site.command('send', reader.replyId, 'the end')).resolves.toMatchObject({
    result: expect.stringMatching(/^(delivered|buffered)$/) as string,
  });
  const text = await reader.untilText('the end');
  expect(text.split('x'.repeat(CHUNK.length))).toHaveLength(sent + 1);
  expect(reader.closed).toBe(false);
});
