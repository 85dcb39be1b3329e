/** The span of a command that is carried out: where its caller is traced, and this gateway traces too. */
import type { BusMessage } from '@wscm/bus';
import { type Attributes, messagingAttributes, type OpenSpan, tracing } from '@wscm/tracing';
import type { CommandContext, CommandHandler } from './command';

let underWay: OpenSpan | null = null;

/** The command in whose midst a socket has called back: the socket library forgets which span is active. */
export const commandUnderWay = (): OpenSpan | null => underWay;

/** Calls the handler at once. What it reports meanwhile belongs to the span. */
export function inCommandSpan(
  verb: string,
  handler: CommandHandler,
  context: CommandContext,
  message: BusMessage,
  socketId: string,
): object | Promise<object> {
  const traces = tracing();
  if (!traces) return handler(context, message, socketId);
  const { subject, data } = message;
  const start = {
    name: `process commands.${verb}`,
    kind: 'consumer',
    from: (name: string) => message.header(name),
    attributes: () => messagingAttributes('process', { subject, bytes: data.length }),
  } as const;
  return traces.inSpan(start, async (span) => {
    const reply = await duringCommand(span, () => handler(context, message, socketId));
    span?.set(told(reply));
    return reply;
  });
}

function duringCommand<T>(span: OpenSpan | null, work: () => T): T {
  underWay = span;
  try {
    return work();
  } finally {
    underWay = null;
  }
}

/** What the gateway answers: `wscm.result`; of a bulk send or a broadcast how many had each result, e.g. `wscm.delivered`. */
function told(reply: object): Attributes {
  if ('results' in reply) return countsOf(reply.results as string[]);
  const facts = Object.entries(reply as Attributes).filter(([name]) => name !== 'gatewayId');
  return Object.fromEntries(facts.map(([name, value]) => [`wscm.${name}`, value]));
}

function countsOf(results: readonly string[]): Attributes {
  const counts: Record<string, number> = {};
  for (const result of results) counts[`wscm.${result}`] = (counts[`wscm.${result}`] ?? 0) + 1;
  return counts;
}
