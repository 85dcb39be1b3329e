/** Tells a failing exporter's story once: when it begins to fail, and when it works again. */
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-node';
import type { TracingLog } from './tracing';

type OnResult = Parameters<SpanExporter['export']>[1];

export class ToldExporter implements SpanExporter {
  /** Spans that were not taken since it began to fail. */
  private lost = 0;

  constructor(
    private readonly exporter: SpanExporter,
    private readonly log: TracingLog,
  ) {}

  export(spans: ReadableSpan[], onResult: OnResult): void {
    this.exporter.export(spans, (result) => {
      if (result.error) this.onLost(spans.length, result.error);
      else this.onSent();
      onResult(result);
    });
  }

  shutdown(): Promise<void> {
    return this.exporter.shutdown();
  }

  private onSent(): void {
    if (this.lost > 0) this.log.info({ event: 'traces-sent-again', lost: this.lost });
    this.lost = 0;
  }

  private onLost(count: number, err: Error): void {
    if (this.lost === 0) this.log.warn({ event: 'traces-not-sent', err });
    this.lost += count;
  }
}
