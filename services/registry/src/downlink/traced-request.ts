/** The span of a command on its way to the gateways, until it is answered. */
import { messagingAttributes, tracing } from '@wscm/tracing';

type Headers = Readonly<Record<string, string>>;

/** `ask` gets the headers to send, with those of the trace. */
export function inRequestSpan<T>(
  verb: string,
  subject: string,
  headers: Headers,
  ask: (headers: Headers) => Promise<T>,
): Promise<T> {
  const traces = tracing();
  if (!traces) return ask(headers);
  const start = {
    name: `request commands.${verb}`,
    kind: 'producer',
    attributes: () => messagingAttributes('request', { subject }),
  } as const;
  return traces.inSpan(start, (span) => ask(span ? { ...headers, ...span.headers } : headers));
}
