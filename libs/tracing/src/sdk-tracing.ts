/** Traces by OpenTelemetry's SDK, sent as OTLP over HTTP. This module is loaded only where they are wanted. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import {
  context,
  diag,
  DiagLogLevel,
  type Link,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  type TextMapGetter,
  trace,
  TraceFlags,
  type Tracer,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { SdkSpan } from './sdk-span';
import type { Attributes, HeaderReader, OpenSpan, SpanStart, Tracing } from './spans';
import { ToldExporter } from './told-exporter';
import type { TracingLog } from './tracing';

const kinds = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
} as const;

/** What the SDK itself complains of, e.g. spans that found no room, is logged so often at most. */
const COMPLAINT_MS = 60_000;

export class SdkTracing implements Tracing {
  private readonly provider: NodeTracerProvider;
  private readonly tracer: Tracer;

  /** The SDK reads its settings from the process's environment. */
  constructor(service: string, log: TracingLog) {
    const told = once(COMPLAINT_MS, (message) => log.warn({ event: 'traces-complaint', message }));
    const nothing = () => undefined;
    // Its errors are failures to send, which the exporter tells.
    const logger = { error: nothing, warn: told, info: nothing, debug: nothing, verbose: nothing };
    diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
    this.provider = new NodeTracerProvider({
      resource: resourceOf(service),
      spanProcessors: [new BatchSpanProcessor(new ToldExporter(new OTLPTraceExporter(), log))],
    });
    this.provider.register();
    this.tracer = this.provider.getTracer('@wscm/tracing');
    log.info({ event: 'traces-on' });
  }

  begin({ name, kind, attributes, from, mayBeRoot = false, linkTo }: SpanStart): OpenSpan | null {
    const parent = from ? propagation.extract(context.active(), from, traceHeaders) : context.active();
    const parentSpan = trace.getSpanContext(parent);
    if (parentSpan ? !isSampled(parentSpan) && !mayBeRoot : !mayBeRoot) return null;
    const span = this.tracer.startSpan(name, { kind: kinds[kind] }, parent);
    if (!span.isRecording()) return null;
    if (attributes) span.setAttributes(attributes());
    if (linkTo) span.addLinks(linksTo(linkTo));
    return new SdkSpan(span, parent);
  }

  inSpan<T>(start: SpanStart, work: (span: OpenSpan | null) => T): T {
    const span = this.begin(start);
    if (!span) return work(null);
    try {
      const result = span.run(() => work(span));
      if (result instanceof Promise)
        void result.then(
          () => span.end(),
          (error: unknown) => span.end(error),
        );
      else span.end();
      return result;
    } catch (error) {
      span.end(error);
      throw error;
    }
  }

  annotate(attributes: Attributes): void {
    trace.getActiveSpan()?.setAttributes(attributes);
  }

  ids(): { trace_id: string; span_id: string } | undefined {
    const span = trace.getSpanContext(context.active());
    return span && { trace_id: span.traceId, span_id: span.spanId };
  }

  async stop(timeoutMs: number): Promise<void> {
    const stopped = this.provider.shutdown().catch(() => undefined);
    await Promise.race([stopped, setTimeout(timeoutMs, undefined, { ref: false })]);
    for (const api of [trace, context, propagation, diag]) api.disable();
  }
}

const isSampled = ({ traceFlags }: { traceFlags: number }): boolean => (traceFlags & TraceFlags.SAMPLED) !== 0;

/** The trace's own headers and no others: what callers call their baggage goes no further. */
const traceHeaders: TextMapGetter<HeaderReader> = {
  get: (read, name) => (name === 'traceparent' || name === 'tracestate' ? read(name) : undefined),
  keys: () => [],
};

function linksTo(read: HeaderReader): Link[] {
  const linked = trace.getSpanContext(propagation.extract(ROOT_CONTEXT, read, traceHeaders));
  return linked ? [{ context: linked }] : [];
}

/** What stands in `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` goes before. */
const resourceOf = (service: string) =>
  defaultResource()
    .merge(
      resourceFromAttributes({
        'service.name': service,
        'service.instance.id': randomUUID(),
        'host.name': hostname(),
        'process.pid': process.pid,
      }),
    )
    .merge(detectResources({ detectors: [envDetector] }));

/** Calls at most once in a while. */
function once(periodMs: number, tell: (message: string) => void): (message: string) => void {
  let last = -Infinity;
  return (message) => {
    if (performance.now() - last < periodMs) return;
    last = performance.now();
    tell(message);
  };
}
