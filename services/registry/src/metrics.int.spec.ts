/** What Prometheus reads of a registry, compared with what was done. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { documentedMetrics, eventually, hasPromtool, promtool, type ReadMetric, scrape } from '@wscm/testing';
import { http, messageEvent, siteForAllTests, type TestRegistry } from './testing/site';

const site = siteForAllTests();
let registry: TestRegistry;
let page: Map<string, ReadMetric>;

const read = async () => (page = await scrape(`${registry.url}/metrics`));
const value = (name: string, labels = '') => page.get(`wscm_registry_${name}`)?.samples.get(labels);

beforeAll(async () => {
  registry = await site.startRegistry({ COMMAND_TIMEOUT_MS: '200' });
});

const post = (path: string, init: RequestInit = {}) =>
  http(`${registry.url}${path}`, { method: 'POST', body: 'x', headers: { 'content-type': 'text/plain' }, ...init });

test('events: how many, how old, in how many batches, and those set aside', async () => {
  const gateway = await site.addGateway({});
  const replyId = await site.connectClient(gateway);
  const old = new Date(Date.now() - 100_000).toISOString();
  await site.put({ ...messageEvent(replyId, 1), time: old });
  await site.untilStored(replyId, { messagesFromClient: 1 });
  await site.putRaw(`${site.prefix}.events.message.${replyId}`, 'no event', {});
  await eventually(async () => {
    await read();
    expect(value('dead_letters_total')).toBe(1);
    expect(value('events_stored_total')).toBe(3);
  });
  expect(value('event_age_seconds', '_count')).toBe(2);
  expect(value('event_age_seconds', '_bucket{le="60"}')).toBe(1);
  expect(value('event_age_seconds', '_bucket{le="300"}')).toBe(2);
  expect(value('batch_events', '_sum')).toBe(3);
  expect(value('batch_seconds', '_count')).toBe(value('batch_events', '_count'));
});

test('commands: what became of them, how long they took, who did not answer', async () => {
  const fine = await site.addGateway({ send: { result: 'delivered' }, broadcast: { delivered: 1, dropped: 0 } });
  const silent = await site.addGateway({ send: null, broadcast: null });
  expect(await post(`/v1/clients/${await site.connectClient(fine)}/messages`)).toMatchObject({ status: 200 });
  expect(await post(`/v1/clients/${await site.connectClient(silent)}/messages`)).toMatchObject({ status: 503 });
  expect(await post(`/v1/clients/${fine.gatewayId}x.nobody/messages`)).toMatchObject({ status: 404 });
  expect(await post('/v1/broadcast')).toMatchObject({ status: 200 });
  await read();
  const sends = (result: string) => value('sends_total', `{result="${result}"}`);
  expect([sends('delivered'), sends('timeout'), sends('unheard'), sends('gone')]).toEqual([1, 1, 1, 0]);
  expect(value('command_timeouts_total', '{command="send"}')).toBe(1);
  expect(value('command_timeouts_total', '{command="broadcast"}')).toBeGreaterThanOrEqual(1);
  expect(value('command_seconds', '_count{command="send"}')).toBe(3);
  expect(value('command_seconds', '_sum{command="send"}')).toBeGreaterThan(0.2);
  expect(value('broadcasts_total')).toBe(1);
});

test('requests: by route, not by path, and whatever is asked beside the routes is one', async () => {
  for (const path of ['/v1/clients/a.b', '/v1/clients/c.d', '/nothing', '/else']) await http(`${registry.url}${path}`);
  await http(`${registry.url}/nothing`, { method: 'PUT' });
  await read();
  const count = (labels: string) => value('http_request_seconds', `_count{${labels}}`);
  expect(count('route="/v1/clients/:replyId",method="GET",status="404"')).toBe(2);
  expect(count('route="none",method="any",status="404"')).toBe(3);
});

test('the consumer’s lag, and how long its numbers hold', async () => {
  await eventually(async () => {
    await read();
    expect(value('consumer_pending_events')).toBe(0);
  }, 15_000);
  expect(value('consumer_unacknowledged_events')).toBe(0);
  expect(value('consumer_redelivered_events')).toBe(0);
  expect(value('check_ok', '{check="nats"}')).toBe(1);
  expect(value('check_ok', '{check="consumer"}')).toBe(1);
  expect(value('check_ok', '{check="mongodb"}')).toBe(1);
});

test('docs/metrics.md lists exactly what is there', async () => {
  const docs = readFileSync(join(__dirname, '../../../docs/metrics.md'), 'utf8');
  const shown = [...(await read())].map(([name, { type, help }]) => ({ name, type, help }));
  const own = shown.filter(({ name }) => name.startsWith('wscm_'));
  const byName = (a: { name: string }, b: { name: string }) => a.name.localeCompare(b.name);
  expect(own.sort(byName)).toEqual(documentedMetrics(docs, 'wscm_registry_').sort(byName));
});

(hasPromtool() ? test : test.skip)('promtool finds no fault in names and texts', async () => {
  const { body } = await http(`${registry.url}/metrics`);
  expect(promtool(['check', 'metrics'], String(body))).toEqual({ faults: '' });
});

test('without MongoDB its check is 0 within seconds, and the page is still there', async () => {
  await site.mongo.kill();
  await eventually(async () => {
    await read();
    expect(value('check_ok', '{check="mongodb"}')).toBe(0);
  }, 10_000);
  expect(value('check_ok', '{check="nats"}')).toBe(1);
  await site.mongo.start();
});
