/**
 * The spans of a batch of events: one for each event that comes with a trace, and one for what is done with all of them at
 * once. That one stands in the trace of the first; the others point to it, and it to them.
 */
import type { StoredEvent } from '@wscm/bus';
import { messagingAttributes, type OpenSpan, type Tracing, tracing } from '@wscm/tracing';

export function inBatchSpan(events: readonly StoredEvent[], store: () => Promise<void>): Promise<void> {
  const traces = tracing();
  return traces ? inSpans(traces, events, store) : store();
}

async function inSpans(traces: Tracing, events: readonly StoredEvent[], store: () => Promise<void>): Promise<void> {
  const [first, ...others] = events.flatMap((event) => beginProcessing(traces, event) ?? []);
  if (!first) return store();
  const batch = first.run(() =>
    traces.begin({
      name: 'store events',
      kind: 'internal',
      attributes: () => ({ 'messaging.batch.message_count': events.length }),
    }),
  );
  for (const other of others) if (batch) linkEachOther(other, batch);
  const spans = [...(batch ? [batch] : []), first, ...others];
  try {
    await (batch ?? first).run(store);
    for (const span of spans) span.end();
  } catch (error) {
    for (const span of spans) span.end(error);
    throw error;
  }
}

/** Nothing without `traceparent`: most events, where few are sampled. */
function beginProcessing(traces: Tracing, event: StoredEvent): OpenSpan | null {
  const from = (name: string) => event.header(name);
  if (from('traceparent') === '') return null;
  const { subject, payload, streamSeq } = event;
  return traces.begin({
    name: `process events.${from('ce-type').replace('wscm.', '')}`,
    kind: 'consumer',
    from,
    attributes: () => ({
      ...messagingAttributes('process', { subject, id: from('ce-id'), bytes: payload.length }),
      'wscm.stream_seq': streamSeq,
    }),
  });
}

function linkEachOther(a: OpenSpan, b: OpenSpan): void {
  a.link(b);
  b.link(a);
}
