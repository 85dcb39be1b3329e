/** Looks through the spans that a collector has got. */
import { type CollectedSpan, eventually, type TraceCollector } from '@wscm/testing';

export class CollectedTraces {
  constructor(private readonly collector: TraceCollector) {}

  /** Of one trace, those of this name. */
  of(traceId: string, name: string): CollectedSpan[] {
    return this.collector.spans.filter((span) => span.traceId === traceId && span.name === name);
  }

  /** The spans between these two, as soon as all have come. `about`: a replyId that an attribute of one of them names. */
  chainFrom(first: string, last: string, about = ''): Promise<CollectedSpan[]> {
    return eventually(() => {
      const ends = this.collector.spans.filter(({ name }) => name === last);
      const chain = ends
        .map((end) => this.withParents(end))
        .find((each) => each[0]?.name === first && isAbout(each, about));
      if (!chain) throw new Error(`no trace from ${first} to ${last}, about ${about}`);
      return chain;
    });
  }

  private withParents(last: CollectedSpan): CollectedSpan[] {
    const chain = [last];
    for (let parent = this.parentOf(last); parent; parent = this.parentOf(parent)) chain.unshift(parent);
    return chain;
  }

  private parentOf({ traceId, parentSpanId }: CollectedSpan): CollectedSpan | undefined {
    return this.collector.spans.find((span) => span.traceId === traceId && span.spanId === parentSpanId);
  }
}

const isAbout = (chain: CollectedSpan[], about: string): boolean =>
  chain.some(({ attributes }) => JSON.stringify(attributes).includes(about));

/** Service, kind and name of each. */
export const described = (spans: CollectedSpan[]) => spans.map(({ service, kind, name }) => [service, kind, name]);
