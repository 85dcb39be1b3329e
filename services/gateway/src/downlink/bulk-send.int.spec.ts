/** Sending to many clients by one command. */
import { type BulkPart, encodeBulkSend } from '@wscm/contracts';
import { eventually } from '@wscm/testing';
import { gatewayIdOf, metricOf, seqsOf, siteForEachTest } from '../testing/site';

const site = siteForEachTest();

const part = (type: 'text' | 'binary', data: string | Buffer, ...replyIds: string[]): BulkPart => ({
  frame: { type, data: Buffer.from(data) },
  socketIds: replyIds.map((replyId) => replyId.split('.')[1] ?? ''),
});

async function bulkSend(gatewayId: string, ...parts: BulkPart[]): Promise<unknown> {
  const subject = `${site.prefix}.commands.${gatewayId}.bulkSend`;
  return (await site.connection.request(subject, encodeBulkSend(parts), { timeout: 5_000 })).json();
}

test('each message reaches its clients verbatim, in order, and each send is told by an event', async () => {
  const gateway = await site.startGateway();
  const [a, b] = [await site.connect(gateway), await site.connect(gateway)];
  const bytes = Buffer.from([0, 255, 10]);
  const nobody = `${gatewayIdOf(a)}.AAAAAAAAAAAAAAAAAAAAAA`;
  const reply = await bulkSend(
    gatewayIdOf(a),
    part('text', 'Grüße', a.replyId, b.replyId, a.replyId),
    part('binary', bytes, nobody, b.replyId),
    part('text', '', a.replyId),
  );
  expect(reply).toEqual({
    results: ['delivered', 'delivered', 'delivered', 'unknown', 'delivered', 'delivered'],
  });
  await a.untilReceived(3);
  await b.untilReceived(2);
  const text = { type: 'text', data: Buffer.from('Grüße') };
  expect(a.received).toEqual([text, text, { type: 'text', data: Buffer.alloc(0) }]);
  expect(b.received).toEqual([text, { type: 'binary', data: bytes }]);
  const events = await site.untilEvents(`delivered.${a.replyId}`, 3);
  expect(events.map(({ data }) => data)).toEqual(a.received.map(({ data }) => data));
  expect(seqsOf(events)).toEqual([1, 2, 3]);
  expect(seqsOf(await site.untilEvents(`delivered.${b.replyId}`, 2))).toEqual([1, 2]);
  await expect(metricOf(gateway, 'wscm_gateway_sends_total{result="delivered"}')).resolves.toBe(5);
});

test('one that is gone, or a message that is too big, holds up no other', async () => {
  const gateway = await site.startGateway({ MAX_MESSAGE_BYTES: '1000' });
  const [gone, open] = [await site.connect(gateway), await site.connect(gateway)];
  await gone.close();
  await eventually(async () => expect(await site.command('send', gone.replyId, 'x')).toEqual({ result: 'gone' }));
  const reply = await bulkSend(
    gatewayIdOf(open),
    part('text', 'x'.repeat(1_001), open.replyId),
    part('text', 'y', gone.replyId, open.replyId),
  );
  expect(reply).toEqual({ results: ['tooBig', 'gone', 'delivered'] });
  await open.untilReceived(1);
  expect(open.texts).toEqual(['y']);
});

test('one that reads too slowly is gone from the first message on that is dropped', async () => {
  const gateway = await site.startGateway();
  const reader = await site.connectRaw(gateway);
  const replyId = await reader.upgrade();
  reader.stopReading();
  const many = Array<string>(500).fill(replyId);
  const { results } = (await bulkSend(
    gatewayIdOf({ replyId }),
    part('text', 'x'.repeat(131_072), ...many),
    part('text', 'short', replyId),
  )) as { results: string[] };
  expect(results.join(' ')).toMatch(/^delivered (delivered |buffered )*dropped( gone)+$/);
  const taken = results.indexOf('dropped');
  expect(await site.untilEvents(`delivered.${replyId}`, taken)).toHaveLength(taken);
});

test('a gateway that may have been declared lost carries out nothing', async () => {
  const gateway = await site.startGateway({ LEASE_TTL_MS: '500' });
  const client = await site.connect(gateway);
  site.leaseAnswer = () => undefined;
  await eventually(async () =>
    expect(await bulkSend(gatewayIdOf(client), part('text', 'late', client.replyId))).toEqual({ result: 'lapsed' }),
  );
});
