/** What a gateway's results of sends mean to who asked for them, and what can't be sent at all. */
import { isUtf8 } from 'node:buffer';
import { contentTypes, type Frame, Problem, type SendReply, type SendResult } from '@wscm/contracts';
import type { MissingClients } from './missing-clients';

export type SendOutcome = SendResult | Problem;

type Result = SendReply['result'];

export const LAPSED = "the client's gateway was cut off, and does nothing until it is known again";

/** What is wrong with a message, or null. */
export function faultOfFrame({ type, data }: Frame, maxBytes: number): Problem | null {
  if (data.length > maxBytes) return new Problem('tooBig', `larger than ${maxBytes} bytes`);
  if (type === 'text' && !isUtf8(data))
    return new Problem('badRequest', `not valid UTF-8; send bytes with content-type ${contentTypes.binary}`);
  return null;
}

/** One for each result; `replyIds`: of the same clients, in the same order. */
export async function outcomesOf(
  results: readonly Result[],
  replyIds: readonly string[],
  missing: MissingClients,
): Promise<SendOutcome[]> {
  const unknown = replyIds.filter((_, index) => results[index] === 'unknown');
  const why = unknown.length === 0 ? [] : await missing.whyUnknown(unknown);
  return results.map((result) => (result === 'unknown' ? why.shift() : outcomeOf(result)) ?? new Problem('notFound'));
}

function outcomeOf(result: Exclude<Result, 'unknown'>): SendOutcome {
  switch (result) {
    case 'delivered':
    case 'buffered':
      return { result };
    case 'dropped':
      return new Problem('gone', 'too slow to read what was sent before; its socket is being closed');
    case 'gone':
      return new Problem('gone');
    case 'busy':
      return new Problem('unavailable', "the client's gateway has too much to tell NATS");
    case 'lapsed':
      return new Problem('gatewayUnreachable', LAPSED);
    case 'tooBig':
      return new Problem('tooBig', "larger than the gateway's MAX_MESSAGE_BYTES");
  }
}
