/** What the registry has answered to a send or a disconnect, in plain words. */
import type { SendResult } from '@wscm/contracts';
import { inWords } from '../../api/in-words';
import { ApiError } from '../../api/request';

export interface Answer {
  /** `done`: it happened. `not`: it did not. `unsure`: nobody can tell. */
  outcome: 'done' | 'not' | 'unsure';
  title: string;
  text: string;
}

export const sendAnswer = ({ result }: SendResult): Answer =>
  result === 'delivered'
    ? { outcome: 'done', title: 'Delivered', text: 'The client’s open socket has taken it.' }
    : {
        outcome: 'done',
        title: 'Buffered',
        text: 'The socket has taken it, behind what the client has not read yet. If the client stays that slow, it is closed.',
      };

export const disconnected: Answer = { outcome: 'done', title: 'Disconnected', text: 'Its connection has been closed.' };

type Deed = 'send' | 'disconnect';

const nothing = { send: 'Nothing was sent.', disconnect: 'There is nothing to close.' };

/** Of whatever a request has thrown. */
export function failureAnswer(error: unknown, deed: Deed): Answer {
  const status = error instanceof ApiError ? error.status : undefined;
  const detail = error instanceof ApiError ? error.detail : '';
  if (status === 410)
    return { outcome: 'not', title: 'The client has left', text: `${nothing[deed]}${because(detail)}` };
  if (status === 404)
    return {
      outcome: 'not',
      title: 'Nobody knows this client',
      text: `${nothing[deed]} It has left long ago, or never was.`,
    };
  if (status === 413)
    return {
      outcome: 'not',
      title: 'The message is too big',
      text: `${nothing.send} It is longer than MAX_MESSAGE_BYTES allows.`,
    };
  if (status === 0)
    return {
      outcome: 'unsure',
      title: 'The registry did not answer',
      text: `Whether it was carried out is not known. ${LOOK[deed]}`,
    };
  if (status === 503) return unavailable(error as ApiError, deed);
  const { title, advice } = inWords(error);
  return { outcome: 'not', title, text: advice };
}

const LOOK = {
  send: 'Look at the traffic below before you send it again.',
  disconnect: 'If the client is still here in a while, disconnect it again.',
};

function unavailable({ title, detail }: ApiError, deed: Deed): Answer {
  if (/in time|carried out/.test(detail))
    return {
      outcome: 'unsure',
      title: 'The client’s gateway did not answer in time',
      text: `It may have been carried out. ${LOOK[deed]}`,
    };
  return {
    outcome: 'not',
    title,
    text: `Nothing was done${detail === '' ? '' : `: ${detail}`}. Try again in a few seconds.`,
  };
}

const because = (detail: string): string => (detail === '' ? '' : ` It says: ${detail}.`);
