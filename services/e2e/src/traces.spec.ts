/** One connected trace each way: from the socket to MongoDB, and from a request to the socket and on to MongoDB. */
import { type CollectedSpan, eventually, startTraceCollector, TestClient, type TraceCollector } from '@wscm/testing';
import { headers as newHeaders, type JsMsg } from 'nats';
import { RunningSystem } from './running-system';

const CALLER = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };
const TRACEPARENT = `00-${CALLER.traceId}-${CALLER.spanId}-01`;

describe('a system with a collector of traces', () => {
  let collector: TraceCollector;
  let running: RunningSystem;

  beforeAll(async () => {
    collector = await startTraceCollector();
    running = await RunningSystem.start({ gateways: 2, registries: 1 }, { ...tracesTo(collector), ...SOON });
  }, 120_000);
  afterAll(async () => {
    await running.stop();
    await collector.stop();
  }, 60_000);

  it('traces what a client says into its document', async () => {
    const client = await running.connect();
    client.send('a secret text');
    const spans = await chainTo(collector, (span) => span.name === 'findAndModify clients', 'websocket message');
    expect(described(spans)).toEqual([
      ['wscm-gateway', 'server', 'websocket message'],
      ['wscm-gateway', 'producer', 'publish events.message'],
      ['wscm-registry', 'consumer', 'process events.message'],
      ['wscm-registry', 'internal', 'store events'],
      ['wscm-registry', 'client', 'findAndModify clients'],
    ]);
    expect(spans[0]?.attributes).toMatchObject({ 'wscm.reply_id': client.replyId, 'wscm.seq': 1, 'wscm.bytes': 13 });
    expect(spans[4]?.attributes).toMatchObject({ 'db.system.name': 'mongodb', 'db.namespace': 'wscm' });
    expect(JSON.stringify(collector.spans)).not.toContain('a secret text');
    const { headers } = await lastEvent(running, `wscm.events.message.${client.replyId}`);
    expect(headers?.get('traceparent')).toBe(`00-${spans[1]?.traceId}-${spans[1]?.spanId}-01`);
  });
});

/** Spans are sent at once, so that tests need not wait for them. */
const SOON = { OTEL_BSP_SCHEDULE_DELAY: '50' };
const tracesTo = ({ url }: TraceCollector) => ({ OTEL_EXPORTER_OTLP_ENDPOINT: url });

/** The spans from the root (in another process, the caller's child) to the last one, as soon as all have come. */
async function chainTo(
  { spans }: TraceCollector,
  isLast: (span: CollectedSpan) => boolean,
  firstName: string,
): Promise<CollectedSpan[]> {
  return eventually(() => {
    for (const last of spans.filter(isLast)) {
      const chain = [last];
      for (let parent = parentOf(spans, last); parent; parent = parentOf(spans, parent)) chain.unshift(parent);
      if (chain[0]?.name === firstName) return chain;
    }
    throw new Error(`no such trace in ${spans.map(({ name }) => name).join(', ')}`);
  });
}

const parentOf = (spans: CollectedSpan[], { traceId, parentSpanId }: CollectedSpan): CollectedSpan | undefined =>
  spans.find((span) => span.traceId === traceId && span.spanId === parentSpanId);

const described = (spans: CollectedSpan[]) => spans.map(({ service, kind, name }) => [service, kind, name]);

async function lastEvent({ nats }: RunningSystem, subject: string) {
  const jsm = await nats.jetstreamManager();
  return { headers: (await jsm.streams.getMessage('WSCM_EVENTS', { last_by_subj: subject })).header };
}
