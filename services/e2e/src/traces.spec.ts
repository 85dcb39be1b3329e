/** One connected trace each way: from the socket to MongoDB, and from a request to the socket and on to MongoDB. */
import { type CollectedSpan, eventually, startTraceCollector, TestClient, type TraceCollector } from '@wscm/testing';
import { headers as newHeaders } from 'nats';
import { RunningSystem } from './running-system';

/** Spans are sent at once, so that tests need not wait for them. */
const SOON = { OTEL_BSP_SCHEDULE_DELAY: '50' };

const STORED = [
  ['wscm-registry', 'internal', 'store events'],
  ['wscm-registry', 'client', 'findAndModify clients'],
];

let collector: TraceCollector;
let running: RunningSystem;

beforeAll(async () => {
  collector = await startTraceCollector();
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_EXPORTER_OTLP_HEADERS: 'x-key=4711', ...SOON };
  running = await RunningSystem.start({ gateways: 2, registries: 1 }, env);
}, 120_000);
afterAll(async () => {
  await running.stop();
  await collector.stop();
}, 60_000);

it('traces what a client says into its document', async () => {
  const client = await running.connect();
  // Two events in one batch would have the writing in the trace of the first.
  await eventually(async () => expect((await running.rest('GET', `/v1/clients/${client.replyId}`)).status).toBe(200));
  client.send('a secret text');
  const chain = await chainFrom('websocket message', 'findAndModify clients', client.replyId);
  expect(described(chain)).toEqual([
    ['wscm-gateway', 'server', 'websocket message'],
    ['wscm-gateway', 'producer', 'publish events.message'],
    ['wscm-registry', 'consumer', 'process events.message'],
    ...STORED,
  ]);
  const [message, publish] = chain as [CollectedSpan, CollectedSpan];
  expect(message.attributes).toMatchObject({ 'wscm.reply_id': client.replyId, 'wscm.seq': 1, 'wscm.bytes': 13 });
  expect(publish.attributes).toMatchObject({ 'messaging.system': 'nats', 'messaging.operation.type': 'send' });
  expect(chain.at(-1)?.attributes).toMatchObject({ 'db.system.name': 'mongodb', 'db.namespace': 'wscm' });
  expect(JSON.stringify(collector.spans)).not.toContain('a secret text');
  expect(collector.requests[0]).toMatchObject({ 'x-key': '4711' });
  const sent = await traceparentOf(`wscm.events.message.${client.replyId}`);
  expect(sent).toBe(`00-${publish.traceId}-${publish.spanId}-01`);
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
  const chain = await chainFrom('POST /v1/clients/:replyId/messages', 'findAndModify clients', client.replyId);
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
  const joined = await chainFrom('process clients.send', 'findAndModify clients', client.replyId);
  expect(joined[0]).toMatchObject({ traceId: caller.traceId, parentSpanId: caller.spanId });
  await request('wscm.clients.count', '', '00-no-trace-01');
  const [begun] = await chainFrom('process clients.count', 'aggregate clients');
  expect(begun?.parentSpanId).toBe('');
});

it('has a branch for each gateway in the trace of a broadcast', async () => {
  const caller = newCaller();
  await request('wscm.clients.broadcast', 'to all', caller.traceparent);
  await eventually(() => {
    const ofTrace = collector.spans.filter(({ traceId }) => traceId === caller.traceId);
    const [asked] = ofTrace.filter(({ name }) => name === 'request commands.broadcast');
    const carriedOut = ofTrace.filter(({ name }) => name === 'process commands.broadcast');
    expect(carriedOut.map(({ parentSpanId }) => parentSpanId)).toEqual([asked?.spanId, asked?.spanId]);
    expect(new Set(carriedOut.map(({ resource }) => resource['process.pid'])).size).toBe(2);
    expect(ofTrace.filter(({ name }) => name === 'findAndModify gateways')).not.toEqual([]);
  });
});

it('traces a disconnect, and points from a connect to what its upgrade request names', async () => {
  const caller = newCaller();
  const client = await TestClient.connect(running.system.urls.webSocket, {
    headers: { traceparent: caller.traceparent },
  });
  await request(`wscm.clients.disconnect.${client.replyId}`, '', newCaller().traceparent);
  const chain = await chainFrom('process clients.disconnect', 'publish events.disconnected', client.replyId);
  expect(chain.map(({ name }) => name)).toEqual([
    'process clients.disconnect',
    'request commands.disconnect',
    'process commands.disconnect',
    'websocket disconnected',
    'publish events.disconnected',
  ]);
  const [connected] = await chainFrom('websocket connected', 'publish events.connected', client.replyId);
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
  await chainFrom('process clients.send', 'publish events.delivered', client.replyId);
  expect(collector.spans.filter(({ traceId }) => traceId === caller.traceId)).toEqual([]);
});

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

/** The spans between these two, as soon as all have come. `about`: a replyId that an attribute of one of them names. */
async function chainFrom(first: string, last: string, about = ''): Promise<CollectedSpan[]> {
  return eventually(() => {
    const ends = collector.spans.filter(({ name }) => name === last);
    const chain = ends.map(withParents).find((each) => each[0]?.name === first && isAbout(each, about));
    if (!chain) throw new Error(`no trace from ${first} to ${last}, about ${about}`);
    return chain;
  });
}

function withParents(last: CollectedSpan): CollectedSpan[] {
  const chain = [last];
  for (let parent = parentOf(last); parent; parent = parentOf(parent)) chain.unshift(parent);
  return chain;
}

const parentOf = ({ traceId, parentSpanId }: CollectedSpan): CollectedSpan | undefined =>
  collector.spans.find((span) => span.traceId === traceId && span.spanId === parentSpanId);

const isAbout = (chain: CollectedSpan[], about: string): boolean =>
  chain.some(({ attributes }) => JSON.stringify(attributes).includes(about));

const described = (spans: CollectedSpan[]) => spans.map(({ service, kind, name }) => [service, kind, name]);

/** Of the last event of this subject. */
async function traceparentOf(subject: string): Promise<string> {
  const jsm = await running.nats.jetstreamManager();
  const event = await jsm.streams.getMessage('WSCM_EVENTS', { last_by_subj: subject });
  return event.header.get('traceparent');
}
