/** A broadcast's answer in plain words. */
import type { BroadcastResult } from '@wscm/contracts';
import { inWords } from '../../api/in-words';
import { ApiError } from '../../api/request';

export interface Told {
  /** `partly`: not everybody, or nobody can tell. */
  outcome: 'done' | 'partly' | 'not';
  title: string;
  lines: string[];
}

const clients = (count: number): string => `${count.toLocaleString()} ${count === 1 ? 'client' : 'clients'}`;

export function outcomeInWords({ delivered, dropped, gateways, unreachable }: BroadcastResult): Told {
  const lines: string[] = [];
  if (dropped > 0)
    lines.push(`${clients(dropped)} did not get it: too slow to read what was sent before, so they are disconnected.`);
  if (unreachable.length > 0)
    lines.push(
      `${unreachable.length} of ${gateways.length + unreachable.length} gateways did not answer in time: their clients may have got it, or not.`,
    );
  if (delivered === 0 && lines.length === 0) return { outcome: 'done', title: 'Nobody is connected', lines: [] };
  return { outcome: lines.length > 0 ? 'partly' : 'done', title: titleOf(delivered, dropped, unreachable), lines };
}

function titleOf(delivered: number, dropped: number, unreachable: string[]): string {
  if (dropped > 0) return `Delivered to ${clients(delivered)}, not to all`;
  return `Delivered to ${unreachable.length > 0 ? 'at least ' : ''}${clients(delivered)}`;
}

export function failureInWords(error: Error): Told {
  const status = error instanceof ApiError ? error.status : undefined;
  if (status === 0)
    return {
      outcome: 'partly',
      title: 'The registry did not answer',
      lines: ['Whether the message was sent is not known.'],
    };
  if (status === 413)
    return {
      outcome: 'not',
      title: 'The message is too big',
      lines: ['Nobody got it: it is longer than MAX_MESSAGE_BYTES allows.'],
    };
  const { title, advice } = inWords(error);
  // A broadcast is nothing that a page should try again by itself.
  return { outcome: 'not', title, lines: [status === 503 ? 'Nobody got it. Try again in a few seconds.' : advice] };
}
