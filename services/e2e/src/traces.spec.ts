/**
 * One connected trace each way: from the socket to MongoDB, and from a request to the socket and on to MongoDB. And what
 * traces cost where they are off or their collector is dead: nothing of OpenTelemetry, and no delay.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  eventually,
  type Scratch,
  scratchFolder,
  startTestMongo,
  startTestNats,
  startTraceCollector,
  TestClient,
  type TestServer,
  type TraceCollector,
} from '@wscm/testing';
import { headers as newHeaders } from 'nats';
import { CollectedTraces, described } from './collected-traces';
import { RunningSystem } from './running-system';

/** Spans are sent at once, so that tests need not wait for them. */
const SOON = { OTEL_BSP_SCHEDULE_DELAY: '50' };

/** Writes at the end of each process which modules it has loaded. */
const SPY = `
const { writeFileSync } = require('node:fs');
process.on('exit', () => {
  const modules = Object.keys(require('node:module')._cache);
  writeFileSync(__dirname + '/' + process.pid + '.json', JSON.stringify(modules));
});`;

/** Not OpenTelemetry's API, which the Prometheus client loads. */
const SDK = /@opentelemetry\/(?!api\/)|libs\/tracing\/dist\/sdk/;

const STORED = [
  ['wscm-registry', 'internal', 'store events'],
  ['wscm-registry', 'client', 'findAndModify clients'],
];

let scratch: Scratch;
let servers: TestServer[];
let collector: TraceCollector;
let traces: CollectedTraces;
let running: RunningSystem;
/** Without traces, on the same servers. */
let untraced: RunningSystem;

beforeAll(async () => {
  scratch = await scratchFolder();
  const spy = join(scratch.path, 'spy.cjs');
  await writeFile(spy, SPY);
  const [nats, mongo] = await Promise.all([startTestNats(), startTestMongo()]);
  servers = [nats, mongo];
  collector = await startTraceCollector();
  traces = new CollectedTraces(collector);
  const shared = { NATS_URL: nats.url, NODE_OPTIONS: `--require ${spy}` };
  const toCollector = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_EXPORTER_OTLP_HEADERS: 'x-key=4711', ...SOON };
  const beside = { WSCM_PREFIX: 'untraced', MONGODB_URL: mongo.url.replace('/wscm', '/untraced') };
  [running, untraced] = await Promise.all([
    RunningSystem.start({ gateways: 2, registries: 1 }, { ...shared, MONGODB_URL: mongo.url, ...toCollector }),
    RunningSystem.start({ gateways: 1, registries: 1 }, { ...shared, ...beside }),
  ]);
}, 120_000);
afterAll(async () => {
  await Promise.all([running.stop(), untraced.stop()]);
  await Promise.all([collector, ...servers].map((each) => each.stop()));
  await scratch.remove();
}, 60_000);

it('traces what a client says into its document', async () => {
  const client = await running.connect();
  // Two events in one batch would have the writing in the trace of the first.
  await eventually(async () => expect((await running.rest('GET', `/v1/clients/${client.replyId}`)).status).toBe(200));
  client.send('a secret text');
  const chain = await traces.chainFrom('websocket message', 'findAndModify clients', client.replyId);
  expect(described(chain)).toEqual([
    ['wscm-gateway', 'server', 'websocket message'],
    ['wscm-gateway', 'producer', 'publish events.message'],
    ['wscm-registry', 'consumer', 'process events.message'],
    ...STORED,
  ]);
  const [message, publish] = chain;
  expect(message?.attributes).toMatchObject({ 'wscm.reply_id': client.replyId, 'wscm.seq': 1, 'wscm.bytes': 13 });
  expect(publish?.attributes).toMatchObject({ 'messaging.system': 'nats', 'messaging.operation.type': 'send' });
  expect(chain.at(-1)?.attributes).toMatchObject({ 'db.system.name': 'mongodb', 'db.namespace': 'wscm' });
  expect(JSON.stringify(collector.spans)).not.toContain('a secret text');
  expect(collector.requests[0]).toMatchObject({ 'x-key': '4711' });
  const sent = await traceparentOf(`wscm.events.message.${client.replyId}`);
  expect(sent).toBe(`00-${publish?.traceId}-${publish?.spanId}-01`);
});

it("joins the trace of a REST request, down to the socket and on to the delivery's document", async () => {
  const client = await running.connect();
  const caller = newCaller();
  const sent = await fetch(`${running.system.urls.registries[0]}/v1/clients/${client.replyId}/messages`, {
    method: 'POST',
    body: 'hello',
    headers: { 'content-type': 'text/plain', traceparent: caller.traceparent },
  });
  expect(sent.status).toBe(200);
  const chain = await traces.chainFrom('POST /v1/clients/:replyId/messages', 'findAndModify clients', client.replyId);
  expect(described(chain)).toEqual([
    ['wscm-registry', 'server', 'POST /v1/clients/:replyId/messages'],
    ['wscm-registry', 'producer', 'request commands.send'],
    ['wscm-gateway', 'consumer', 'process commands.send'],
    ['wscm-gateway', 'producer', 'publish events.delivered'],
    ['wscm-registry', 'consumer', 'process events.delivered'],
    ...STORED,
  ]);
  expect(chain[0]).toMatchObject({ traceId: caller.traceId, parentSpanId: caller.spanId });
  expect(chain[0]?.attributes).toMatchObject({ 'http.request.method': 'POST', 'http.response.status_code': 200 });
  expect(chain[2]?.attributes).toMatchObject({ 'wscm.result': 'delivered' });
  const { body } = await running.rest('GET', `/v1/clients/${client.replyId}`);
  expect(JSON.stringify(body)).not.toContain(caller.traceId);
});

it('joins the trace of a request over NATS, and begins one where the header is malformed', async () => {
  const client = await running.connect();
  const caller = newCaller();
  await request(`wscm.clients.send.${client.replyId}`, 'hello', caller.traceparent);
  const joined = await traces.chainFrom('process clients.send', 'findAndModify clients', client.replyId);
  expect(joined[0]).toMatchObject({ traceId: caller.traceId, parentSpanId: caller.spanId });
  await request('wscm.clients.count', '', '00-no-trace-01');
  const [begun] = await traces.chainFrom('process clients.count', 'aggregate clients');
  expect(begun?.parentSpanId).toBe('');
});

it('has a branch for each gateway in the trace of a broadcast', async () => {
  const caller = newCaller();
  await request('wscm.clients.broadcast', 'to all', caller.traceparent);
  await eventually(() => {
    const [asked] = traces.of(caller.traceId, 'request commands.broadcast');
    const carriedOut = traces.of(caller.traceId, 'process commands.broadcast');
    expect(carriedOut.map(({ parentSpanId }) => parentSpanId)).toEqual([asked?.spanId, asked?.spanId]);
    expect(new Set(carriedOut.map(({ resource }) => resource['process.pid'])).size).toBe(2);
    expect(traces.of(caller.traceId, 'process events.broadcast')).toHaveLength(2);
    // Where both are stored together, that is one update.
    const writes = ['findAndModify gateways', 'update gateways'].flatMap((name) => traces.of(caller.traceId, name));
    expect(writes).not.toEqual([]);
  });
});

it('has a branch for each gateway in the trace of a bulk send, down to each document', async () => {
  const gatewayOf = (client: TestClient) => client.replyId.split('.')[0];
  const clients = await running.connectMany(2);
  while (new Set(clients.map(gatewayOf)).size < 2) clients.push(await running.connect());
  const to = [...clients.map(({ replyId }) => replyId), `${gatewayOf(clients[0]!)}.nobody`];
  const caller = newCaller();
  const body = JSON.stringify({ messages: [{ to, message: 'to many' }] });
  await request('wscm.clients.send', body, caller.traceparent);
  const chains = await Promise.all(
    clients.map(({ replyId }) => traces.chainFrom('process clients.send', 'process events.delivered', replyId)),
  );
  for (const chain of chains) {
    expect(chain[0]).toMatchObject({ traceId: caller.traceId, parentSpanId: caller.spanId });
    expect(described(chain)).toEqual([
      ['wscm-registry', 'consumer', 'process clients.send'],
      ['wscm-registry', 'producer', 'request commands.bulkSend'],
      ['wscm-gateway', 'consumer', 'process commands.bulkSend'],
      ['wscm-gateway', 'producer', 'publish events.delivered'],
      ['wscm-registry', 'consumer', 'process events.delivered'],
    ]);
  }
  const carriedOut = traces.of(caller.traceId, 'process commands.bulkSend');
  expect(new Set(carriedOut.map(({ resource }) => resource['process.pid'])).size).toBe(2);
  expect(new Set(carriedOut.map(({ parentSpanId }) => parentSpanId)).size).toBe(2);
  expect(carriedOut).toHaveLength(2);
  const sumOf = (result: string) => carriedOut.reduce((sum, span) => sum + Number(span.attributes[result] ?? 0), 0);
  expect([sumOf('wscm.delivered'), sumOf('wscm.unknown')]).toEqual([clients.length, 1]);
});

it('traces a disconnect, and points from a connect to what its upgrade request names', async () => {
  const caller = newCaller();
  const client = await TestClient.connect(running.system.urls.webSocket, {
    headers: { traceparent: caller.traceparent },
  });
  await request(`wscm.clients.disconnect.${client.replyId}`, '', newCaller().traceparent);
  const chain = await traces.chainFrom('process clients.disconnect', 'publish events.disconnected', client.replyId);
  expect(chain.map(({ name }) => name)).toEqual([
    'process clients.disconnect',
    'request commands.disconnect',
    'process commands.disconnect',
    'websocket disconnected',
    'publish events.disconnected',
  ]);
  const [connected] = await traces.chainFrom('websocket connected', 'publish events.connected', client.replyId);
  expect(connected?.links).toEqual([{ traceId: caller.traceId, spanId: caller.spanId }]);
  expect(connected?.traceId).not.toBe(caller.traceId);
});

it('records nothing of a caller that records nothing', async () => {
  const client = await running.connect();
  const caller = newCaller('00');
  await request(`wscm.clients.send.${client.replyId}`, 'unseen', caller.traceparent);
  await client.untilReceived(1);
  expect(await eventually(() => traceparentOf(`wscm.events.delivered.${client.replyId}`))).toBe('');
  await request(`wscm.clients.send.${client.replyId}`, 'seen', newCaller().traceparent);
  await traces.chainFrom('process clients.send', 'publish events.delivered', client.replyId);
  expect(collector.spans.filter(({ traceId }) => traceId === caller.traceId)).toEqual([]);
});

it('loads nothing and adds no header where no endpoint is set', async () => {
  await talk(untraced);
  expect(await traceparents('untraced')).toEqual(['', '', '']);
  for (const modules of await modulesAtTheEnd(untraced)) expect(modules.filter((name) => SDK.test(name))).toEqual([]);
}, 60_000);

it('neither waits for a collector that never answers, nor fails', async () => {
  collector.mood = 'hangs';
  const startedAt = performance.now();
  await talk(running);
  expect(performance.now() - startedAt).toBeLessThan(5_000);
  for (const header of await traceparents('wscm')) expect(header).toMatch(/^00-\w{32}-\w{16}-01$/);
  const stoppedAt = performance.now();
  const ends = await modulesAtTheEnd(running);
  expect(performance.now() - stoppedAt).toBeLessThan(15_000);
  for (const modules of ends) expect(modules.some((name) => SDK.test(name))).toBe(true);
}, 60_000);

let callers = 0;
function newCaller(flags = '01') {
  const traceId = `4bf92f3577b34da6a3ce929d${String(++callers).padStart(8, '0')}`;
  const spanId = '00f067aa0ba902b7';
  return { traceId, spanId, traceparent: `00-${traceId}-${spanId}-${flags}` };
}

async function request(subject: string, payload: string, traceparent: string): Promise<void> {
  const headers = newHeaders();
  headers.set('traceparent', traceparent);
  await running.nats.request(subject, payload, { timeout: 5_000, headers });
}

/** A message each way. */
async function talk(system: RunningSystem): Promise<void> {
  const client = await system.connect();
  client.send('up');
  expect((await system.send(client.replyId, 'down')).status).toBe(200);
  await client.untilReceived(1);
  const told = { messagesFromClient: 1, messagesToClient: 1 };
  await eventually(async () => expect((await system.list()).get(client.replyId)).toMatchObject(told));
}

/** Of the last event of this subject. */
async function traceparentOf(subject: string): Promise<string> {
  const [prefix = ''] = subject.split('.');
  const { streams } = await running.nats.jetstreamManager();
  const event = await streams.getMessage(`${prefix.toUpperCase()}_EVENTS`, { last_by_subj: subject });
  return event.header.get('traceparent');
}

/** Of the last event of each kind. */
const traceparents = (prefix: string): Promise<string[]> =>
  Promise.all(['connected', 'message', 'delivered'].map((kind) => traceparentOf(`${prefix}.events.${kind}.>`)));

/** Ends the replicas in order, and tells what each had loaded. */
async function modulesAtTheEnd({ system }: RunningSystem): Promise<string[][]> {
  const { replicas } = system;
  for (const kind of ['gateway', 'registry']) {
    const some = replicas.filter((replica) => replica.kind === kind);
    const ends = await Promise.all(some.map((replica) => replica.stop()));
    expect(ends.map(({ code }) => code)).toEqual(some.map(() => 0));
  }
  const read = async (pid: number) => JSON.parse(await readFile(join(scratch.path, `${pid}.json`), 'utf8')) as string[];
  return Promise.all(replicas.map(({ pid }) => read(pid)));
}
