/** What went wrong, and what to do about it, for people. */
import { ApiError } from './request';

export interface InWords {
  title: string;
  /** What can be done, or what happens by itself. */
  advice: string;
}

/** Of any error that a request has thrown. */
export function inWords(error: unknown): InWords {
  if (!(error instanceof ApiError)) return { title: 'This page has a fault', advice: String(error) };
  const known = ADVICE[error.status];
  if (known) return known(error);
  return { title: error.title, advice: error.detail };
}

const ADVICE: Record<number, ((error: ApiError) => InWords) | undefined> = {
  0: () => ({
    title: 'The registry can’t be reached',
    advice: 'It may have ended, or the network is cut. This page tries again by itself.',
  }),
  401: ({ detail }) => ({
    title: 'This registry asks for an API key',
    advice: detail.startsWith('the key') ? 'The key that was given is not good. Enter another one.' : 'Enter one.',
  }),
  403: ({ detail }) => ({
    title: 'This is not allowed',
    advice: /scope (\w+)/.test(detail)
      ? `The API key lacks the scope “${/scope (\w+)/.exec(detail)?.[1]}”. Use a key that has it.`
      : detail,
  }),
  503: ({ title, detail }) => ({
    title: detail === '' ? title : capitalized(detail),
    advice: 'This page tries again by itself.',
  }),
};

export const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** True where another API key might help. */
export const asksForKey = (error: unknown): boolean =>
  error instanceof ApiError && (error.status === 401 || (error.status === 403 && error.detail.includes('scope')));
