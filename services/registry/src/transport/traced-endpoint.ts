/** The span of a request over NATS. */
import type { ServiceEndpoint, ServiceRequest } from '@wscm/bus';
import { messagingAttributes, type SpanStart, tracing } from '@wscm/tracing';

/** Of what people ask; gateways renew their leases all the time. */
const TRACED = 'clients.';

/** `pattern`: of the endpoint, e.g. `clients.send.>`. */
export async function inEndpointSpan(
  pattern: string,
  request: ServiceRequest,
  answer: () => ReturnType<ServiceEndpoint['handle']>,
): ReturnType<ServiceEndpoint['handle']> {
  const span = pattern.startsWith(TRACED) ? tracing()?.begin(startOf(pattern, request)) : undefined;
  if (!span) return answer();
  const outcome = await span.run(answer);
  if ('problem' in outcome) {
    const { problem } = outcome;
    span.set({ 'wscm.problem': problem.kind });
    span.end(problem.status >= 500 ? problem : undefined);
  } else span.end();
  return outcome;
}

const startOf = (pattern: string, { subject, data, header }: ServiceRequest): SpanStart => ({
  name: `process ${pattern.replace(/\.>$/, '')}`,
  kind: 'consumer',
  from: header,
  mayBeRoot: true,
  attributes: () => messagingAttributes('process', { subject, bytes: data.length }),
});
