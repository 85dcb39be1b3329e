/** What Prometheus reads of a gateway, compared with what was done. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { documentedMetrics, eventually, hasPromtool, promtool, type ReadMetric, scrape } from '@wscm/testing';
import { siteForEachTest, type TestGateway } from './testing/site';

const site = siteForEachTest();
const pageOf = (gateway: TestGateway) => scrape(`http://127.0.0.1:${gateway.adminPort}/metrics`);
const valueOf = (page: Map<string, ReadMetric>, name: string, labels = '') =>
  page.get(`wscm_gateway_${name}`)?.samples.get(labels);

const byName = (a: { name: string }, b: { name: string }) => a.name.localeCompare(b.name);

async function talk(gateway: TestGateway): Promise<void> {
  const [one, two] = [await site.connect(gateway), await site.connect(gateway)];
  one.socket.send('12345');
  two.socket.send(Buffer.alloc(7));
  await site.command('send', one.replyId, 'abc');
  await site.command('send', `${one.replyId.split('.')[0]}.nobody`, 'abc');
  await site.broadcast('four');
  const three = await site.connect(gateway);
  await site.command('disconnect', three.replyId, JSON.stringify({ code: 4777, reason: '' }));
  const four = await site.connect(gateway);
  four.socket.close(1000);
  await site.untilEvents('disconnected.>', 2);
}

test('numbers tell what was done', async () => {
  const gateway = await site.startGateway({ MAX_CONNECTIONS: '3' });
  await site.connect(gateway).then(({ socket }) => socket.close(4999));
  await site.untilEvents('disconnected.>', 1);
  await talk(gateway);
  await site.connect(gateway);
  await expect(site.connect(gateway)).rejects.toThrow('503');
  const stored = (await site.events()).length;
  await eventually(async () => {
    const page = await pageOf(gateway);
    const value = (name: string, labels?: string) => valueOf(page, name, labels);
    expect({
      connections: value('connections'),
      connects: value('connects_total'),
      closedByClient: value('disconnects_total', '{code="1000"}'),
      closedOtherwise: value('disconnects_total', '{code="other"}'),
      refusals: value('refusals_total', '{reason="connections"}'),
      received: [value('messages_received_total'), value('received_bytes_total')],
      sent: [value('messages_sent_total'), value('sent_bytes_total')],
      delivered: value('sends_total', '{result="delivered"}'),
      unknown: value('sends_total', '{result="unknown"}'),
      broadcasts: value('broadcasts_total'),
      reached: value('broadcast_deliveries_total', '{result="delivered"}'),
      published: value('publish_seconds', '_count'),
      outbox: [value('outbox_events'), value('outbox_bytes'), value('outbox_limit_bytes')],
    }).toEqual({
      ...{ connections: 3, connects: 6, closedByClient: 1, closedOtherwise: 2, refusals: 1 },
      ...{ received: [2, 12], sent: [3, 11], delivered: 1, unknown: 1, broadcasts: 1, reached: 2, published: stored },
      outbox: [0, 0, 67_108_864],
    });
  });
});

test('the checks of /readyz are there, and tell when one fails; a lost lease is counted', async () => {
  const gateway = await site.startGateway({ LEASE_TTL_MS: '1000' });
  const checks = async () => (await pageOf(gateway)).get('wscm_gateway_check_ok')?.samples;
  await eventually(async () => expect((await checks())?.get('{check="lease"}')).toBe(1));
  expect([...(await checks())!.keys()]).toEqual(
    ['nats', 'lease', 'stream', 'outbox', 'accepting'].map((check) => `{check="${check}"}`),
  );
  site.leaseAnswer = () => undefined;
  await eventually(async () => expect((await checks())?.get('{check="lease"}')).toBe(0));
  site.leaseAnswer = ({ epoch }) => (epoch === 1 ? { result: 'lost', epoch } : { result: 'renewed' });
  await eventually(async () => expect(valueOf(await pageOf(gateway), 'lease_losses_total')).toBe(1));
});

test('docs/metrics.md lists exactly what is there, and of the process nothing that is not', async () => {
  const page = await pageOf(await site.startGateway());
  const docs = readFileSync(join(__dirname, '../../../docs/metrics.md'), 'utf8');
  const shown = [...page].map(([name, { type, help }]) => ({ name, type, help }));
  const own = shown.filter(({ name }) => name.startsWith('wscm_'));
  expect(own.sort(byName)).toEqual(documentedMetrics(docs, 'wscm_gateway_').sort(byName));
  const ofProcess = [...documentedMetrics(docs, 'process_'), ...documentedMetrics(docs, 'nodejs_')];
  expect(shown).toEqual(expect.arrayContaining(ofProcess));
});

(hasPromtool() ? test : test.skip)('promtool finds no fault in names and texts', async () => {
  const { adminPort } = await site.startGateway();
  const text = await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text();
  expect(promtool(['check', 'metrics'], text)).toEqual({ faults: '' });
});

test('gateways that begin and end leave nothing of theirs, and the process’s metrics stay', async () => {
  for (let round = 0; round < 2; round++) {
    const gateway = await site.startGateway();
    const page = await pageOf(gateway);
    expect(page.get('nodejs_eventloop_lag_p99_seconds')?.samples.size).toBe(1);
    expect(page.get('wscm_gateway_build_info')?.samples.size).toBe(1);
    expect(page.get('wscm_gateway_connects_total')?.samples.get('')).toBe(0);
    await gateway.stop();
  }
});
