/** One cache of what the registry has told, for all pages. A refusal for want of a key asks for one. */
import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { asksForKey } from './in-words';
import { ApiError } from './request';

const MAX_RETRY_MS = 10_000;

/** `onKeyWanted` is called with whether a person's own doing has met the refusal. */
export const createQueryClient = (onKeyWanted: (byPerson: boolean) => void): QueryClient =>
  new QueryClient({
    queryCache: new QueryCache({ onError: (error) => asksForKey(error) && onKeyWanted(false) }),
    mutationCache: new MutationCache({ onError: (error) => asksForKey(error) && onKeyWanted(true) }),
    defaultOptions: {
      queries: {
        // The browser's own guess of being offline is wrong for a registry on this machine.
        networkMode: 'always',
        retry: (_, error) => isPassing(error),
        retryDelay: (attempt) => Math.min(500 * 2 ** attempt, MAX_RETRY_MS),
      },
      mutations: { networkMode: 'always', retry: false },
    },
  });

/** What time may cure. */
const isPassing = (error: unknown): boolean =>
  error instanceof ApiError && (error.status === 0 || error.status >= 500 || error.status === 429);
