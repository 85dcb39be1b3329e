/** A collector of traces: takes OTLP over HTTP as protocol buffers, and remembers every span. */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { readMessage, type WireValue } from './protobuf';

export interface CollectedSpan {
  /** `service.name` of who sent it. */
  service: string;
  resource: Record<string, string | number | undefined>;
  traceId: string;
  spanId: string;
  /** Empty for the root of a trace. */
  parentSpanId: string;
  name: string;
  kind: 'internal' | 'server' | 'client' | 'producer' | 'consumer' | 'unspecified';
  attributes: Record<string, string | number | undefined>;
  links: { traceId: string; spanId: string }[];
  failed: boolean;
}

export interface TraceCollector {
  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  url: string;
  spans: CollectedSpan[];
  /** Headers of each request. */
  requests: IncomingMessage['headers'][];
  /** What it does with spans: takes them, refuses them, or never answers. At first it takes them. */
  mood: 'takes' | 'refuses' | 'hangs';
  stop(): Promise<void>;
}

export async function startTraceCollector(): Promise<TraceCollector> {
  const server = createServer((request, response) => {
    void buffer(request).then((body) => {
      const status = answerOf(collector.mood, request);
      collector.requests.push(request.headers);
      if (status === 200) collector.spans.push(...spansIn(body));
      if (status) response.writeHead(status, { 'content-type': 'application/x-protobuf' }).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const collector: TraceCollector = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans: [],
    requests: [],
    mood: 'takes',
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return collector;
}

/** A status; none where there is no answer. */
function answerOf(mood: TraceCollector['mood'], { url, headers }: IncomingMessage): number | undefined {
  if (url !== '/v1/traces' || headers['content-type'] !== 'application/x-protobuf') return 404;
  return { takes: 200, refuses: 400, hangs: undefined }[mood];
}

/** Field numbers after opentelemetry/proto/trace/v1/trace.proto. */
const spansIn = (request: Buffer): CollectedSpan[] =>
  messages(readMessage(request).get(1)).flatMap((ofResource) => {
    const resource = attributesIn(messages(ofResource.get(1))[0]?.get(1));
    const spans = messages(ofResource.get(2)).flatMap((ofScope) => messages(ofScope.get(2)));
    return spans.map((span) => toSpan(span, resource));
  });

type Fields = ReturnType<typeof readMessage>;

const KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
const ERROR = 2;

function toSpan(span: Fields, resource: CollectedSpan['resource']): CollectedSpan {
  const [status] = messages(span.get(15));
  return {
    service: String(resource['service.name']),
    resource,
    traceId: hex(span.get(1)),
    spanId: hex(span.get(2)),
    parentSpanId: hex(span.get(4)),
    name: text(span.get(5)),
    kind: KINDS[numberIn(span.get(6))] ?? 'unspecified',
    attributes: attributesIn(span.get(9)),
    links: messages(span.get(13)).map((link) => ({ traceId: hex(link.get(1)), spanId: hex(link.get(2)) })),
    failed: numberIn(status?.get(3)) === ERROR,
  };
}

const attributesIn = (values: WireValue[] | undefined): CollectedSpan['attributes'] =>
  Object.fromEntries(
    messages(values).map((pair) => {
      const [value] = messages(pair.get(2));
      return [text(pair.get(1)), value?.has(3) ? numberIn(value.get(3)) : text(value?.get(1))];
    }),
  );

const messages = (values: WireValue[] | undefined): Fields[] =>
  (values ?? []).map((value) => readMessage(bytesOf(value)));
const bytesOf = (value: WireValue | undefined): Buffer => (Buffer.isBuffer(value) ? value : Buffer.alloc(0));
const hex = (values: WireValue[] | undefined): string => bytesOf(values?.[0]).toString('hex');
const text = (values: WireValue[] | undefined): string => bytesOf(values?.[0]).toString();
const numberIn = (values: WireValue[] | undefined): number => Number(values?.[0] ?? 0);
