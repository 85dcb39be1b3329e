/** What the services know of spans. No module of OpenTelemetry is needed to speak of it. */

export type Attributes = Record<string, string | number | boolean | undefined>;

/** The value of a header by its lower-case name; an empty text or undefined where it is absent. */
export type HeaderReader = (name: string) => string | undefined;

export interface SpanStart {
  /** The same for all of a kind: ids belong into the attributes. */
  name: string;
  kind: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  /** Asked only where the span is recorded. Never what somebody has written: no message, no query. */
  attributes?: () => Attributes;
  /** Headers that may name the span's parent, in another process; else the active span is its parent. */
  from?: HeaderReader;
  /** Without a parent it begins a trace of its own, if the sampler wants it; by default there is then no span. */
  mayBeRoot?: boolean;
  /** Headers that name a span to point to, of somebody who must not decide whether this one is recorded. */
  linkTo?: HeaderReader;
}

/** A span that is recorded, until it is ended. */
export interface OpenSpan {
  /** To be sent along: `traceparent`, and `tracestate` where there is one. */
  readonly headers: Readonly<Record<string, string>>;
  /** Does something with the span as the active one, also behind every `await` in it. */
  run<T>(work: () => T): T;
  set(attributes: Attributes): void;
  /** Points to another span. */
  link(other: OpenSpan): void;
  /** With what went wrong: only its kind is told. */
  end(error?: unknown): void;
}

export interface Tracing {
  /** Null where nothing is recorded. */
  begin(start: SpanStart): OpenSpan | null;
  /** Does something in a span; with none where nothing is recorded. The span ends as what was done, a promise or not. */
  inSpan<T>(start: SpanStart, work: (span: OpenSpan | null) => T): T;
  /** Of the active span, if there is one. */
  annotate(attributes: Attributes): void;
  /** Of the active span, for log lines. */
  ids(): { trace_id: string; span_id: string } | undefined;
  /** Sends what is ended, as far as the time reaches. Never rejects. */
  stop(timeoutMs: number): Promise<void>;
}
