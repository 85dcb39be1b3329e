/** Spans of this process, as a collector gets them: which are recorded, what they follow, and what is logged of them. */
import { createLogger, parseSettings } from '@wscm/runtime';
import { eventually, startTraceCollector, type TraceCollector } from '@wscm/testing';
import { z } from 'zod';
import { tracingShape } from './settings';
import type { SpanStart, Tracing } from './spans';
import { startTracing, stopTracing, tracing } from './tracing';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN_ID = '00f067aa0ba902b7';
const sampled = `00-${TRACE_ID}-${SPAN_ID}-01`;

let collector: TraceCollector;
let lines: Record<string, unknown>[];
const log = createLogger('tested', 'info', {
  write: (line) => lines.push(JSON.parse(line) as Record<string, unknown>),
});

beforeEach(async () => {
  lines = [];
  collector = await startTraceCollector();
});
afterEach(async () => {
  await stopTracing();
  await collector.stop();
});

/** With a sampler and its argument, or the default. */
function start(sampler = 'parentbased_always_on', ratio = '1'): Tracing {
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_TRACES_SAMPLER: sampler,
    OTEL_TRACES_SAMPLER_ARG: ratio,
  };
  startTracing('tested', parseSettings(z.object(tracingShape), env), log);
  const traces = tracing();
  if (!traces) throw new Error('traces are off');
  return traces;
}

const root: SpanStart = { name: 'work', kind: 'server', mayBeRoot: true };

const headersFrom = (values: Record<string, string>) => ({ from: (name: string) => values[name] ?? '' });

test('what is ended is sent, with the name of its service', async () => {
  start()
    .begin({ ...root, attributes: () => ({ 'wscm.seq': 1 }) })
    ?.end();
  await stopTracing();
  expect(tracing()).toBeNull();
  expect(collector.spans).toMatchObject([
    { service: 'tested', name: 'work', kind: 'server', parentSpanId: '', attributes: { 'wscm.seq': 1 }, failed: false },
  ]);
});

test.each([['traceidratio'], ['parentbased_traceidratio'], ['always_off']])(
  '%s of 0 sends nothing',
  async (sampler) => {
    const traces = start(sampler, '0');
    for (let i = 0; i < 100; i += 1) traces.inSpan(root, (span) => expect(span).toBeNull());
    await stopTracing();
    expect(collector.requests).toEqual([]);
  },
);

test('a part of the traces is kept, each whole', async () => {
  const traces = start('parentbased_traceidratio', '0.5');
  const inner: SpanStart = { name: 'inner', kind: 'internal' };
  for (let i = 0; i < 200; i += 1) traces.inSpan(root, () => traces.begin(inner)?.end());
  await stopTracing();
  const idsOf = (wanted: string) =>
    collector.spans
      .filter(({ name }) => name === wanted)
      .map(({ traceId }) => traceId)
      .sort();
  expect(idsOf('work').length).toBeGreaterThan(50);
  expect(idsOf('work').length).toBeLessThan(150);
  expect(idsOf('inner')).toEqual(idsOf('work'));
});

test("a caller's trace goes on, even where no trace would begin here", async () => {
  const span = start('parentbased_traceidratio', '0').begin({
    ...root,
    ...headersFrom({ traceparent: sampled, tracestate: 'vendor=1' }),
  });
  expect(span?.headers).toEqual({
    traceparent: expect.stringMatching(`^00-${TRACE_ID}-\\w{16}-01$`) as string,
    tracestate: 'vendor=1',
  });
  span?.end();
  await stopTracing();
  expect(collector.spans).toMatchObject([{ traceId: TRACE_ID, parentSpanId: SPAN_ID }]);
});

test('nothing is recorded of a caller that records nothing', async () => {
  const ofCaller = { ...root, ...headersFrom({ traceparent: `00-${TRACE_ID}-${SPAN_ID}-00` }) };
  expect(start().begin(ofCaller)).toBeNull();
  await stopTracing();
  expect(collector.requests).toEqual([]);
});

test.each([
  ['none', ''],
  ['words', 'not a trace'],
  ['a short id', '00-abc-00f067aa0ba902b7-01'],
  ['an id of zeros', `00-${'0'.repeat(32)}-${SPAN_ID}-01`],
  ['a span of zeros', `00-${TRACE_ID}-${'0'.repeat(16)}-01`],
  ['no hexadecimal digits', `00-${'g'.repeat(32)}-${SPAN_ID}-01`],
  ['a version that is none', `ff-${TRACE_ID}-${SPAN_ID}-01`],
  ['more than its version has', `${sampled}-more`],
  ['two of them', `${sampled},${sampled}`],
])('a traceparent with %s is ignored', async (_what, traceparent) => {
  const traces = start();
  const named = headersFrom({ traceparent });
  expect(traces.begin({ name: 'inner', kind: 'consumer', ...named })).toBeNull();
  traces.begin({ ...root, ...named })?.end();
  await stopTracing();
  expect(collector.spans).toMatchObject([{ name: 'work', parentSpanId: '' }]);
  expect(collector.spans[0]?.traceId).not.toBe(TRACE_ID);
});

test('of an error only its kind is sent', async () => {
  const fail = () => Promise.reject(new TypeError('a secret'));
  await expect(start().inSpan(root, fail)).rejects.toThrow('a secret');
  await stopTracing();
  expect(collector.spans).toMatchObject([{ failed: true, attributes: { 'error.type': 'TypeError' } }]);
  expect(JSON.stringify(collector.spans)).not.toContain('a secret');
});

test('a log line within a recorded span names it, also behind an await', async () => {
  const traces = start();
  const headers = await traces.inSpan(root, async (span) => {
    await new Promise(setImmediate);
    log.warn({ event: 'within' });
    return span?.headers;
  });
  log.warn({ event: 'without' });
  const unsampled = headersFrom({ traceparent: `00-${TRACE_ID}-${SPAN_ID}-00` });
  traces.inSpan({ ...root, ...unsampled }, () => log.warn({ event: 'unsampled' }));
  const [, traceId, spanId] = headers?.['traceparent']?.split('-') ?? [];
  expect(traceId).toMatch(/^\w{32}$/);
  expect(lineOf('within')).toMatchObject({ trace_id: traceId, span_id: spanId });
  for (const event of ['without', 'unsampled']) {
    expect(lineOf(event)).not.toHaveProperty('trace_id');
    expect(lineOf(event)).not.toHaveProperty('span_id');
  }
});

test('one line tells that sending fails, and one that it works again', async () => {
  process.env['OTEL_BSP_SCHEDULE_DELAY'] = '1';
  const traces = start();
  delete process.env['OTEL_BSP_SCHEDULE_DELAY'];
  collector.mood = 'refuses';
  const sendOne = async () => {
    const requests = collector.requests.length;
    traces.begin(root)?.end();
    await eventually(() => expect(collector.requests.length).toBe(requests + 1));
  };
  for (let i = 0; i < 5; i += 1) await sendOne();
  expect(await eventsAbout('traces-not-sent')).toMatchObject([{ level: 40, err: { type: 'OTLPExporterError' } }]);
  collector.mood = 'takes';
  for (let i = 0; i < 5; i += 1) await sendOne();
  expect(await eventsAbout('traces-sent-again')).toMatchObject([{ lost: 5 }]);
  expect(lines.map(({ event }) => event)).toEqual(['traces-on', 'traces-not-sent', 'traces-sent-again']);
});

const lineOf = (event: string) => lines.find((line) => line['event'] === event);

/** As soon as there is one. */
const eventsAbout = (event: string) =>
  eventually(() => {
    const found = lines.filter((line) => line['event'] === event);
    expect(found).not.toEqual([]);
    return found;
  });
