/** A span of OpenTelemetry's that is recorded. */
import { type Context, context, propagation, type Span, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Attributes, OpenSpan } from './spans';

export class SdkSpan implements OpenSpan {
  private readonly context: Context;

  constructor(
    private readonly span: Span,
    parent: Context,
  ) {
    this.context = trace.setSpan(parent, span);
  }

  get headers(): Record<string, string> {
    const headers: Record<string, string> = {};
    propagation.inject(this.context, headers);
    return headers;
  }

  run<T>(work: () => T): T {
    return context.with(this.context, work);
  }

  set(attributes: Attributes): void {
    this.span.setAttributes(attributes);
  }

  link(other: OpenSpan): void {
    if (other instanceof SdkSpan) this.span.addLink({ context: other.span.spanContext() });
  }

  /** An error's own text may quote what somebody wrote, so it is left to the log. */
  end(error?: unknown): void {
    if (error !== undefined) {
      this.span.setStatus({ code: SpanStatusCode.ERROR });
      this.span.setAttribute('error.type', error instanceof Error ? error.name : '_OTHER');
    }
    this.span.end();
  }
}
