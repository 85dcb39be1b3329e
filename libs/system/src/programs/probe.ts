/** Finds out within seconds whether a download can be reached at all. */
import { FetchFailed, type FetchSettings } from './program';

const TIMEOUT_MS = 4_000;

/**
 * Any answer at all will do.
 *
 * @throws {FetchFailed} where none comes; the signal's reason
 */
export async function probe(url: string, { signal }: FetchSettings): Promise<void> {
  const enough = [AbortSignal.timeout(TIMEOUT_MS), ...(signal ? [signal] : [])];
  await fetch(url, { method: 'HEAD', signal: AbortSignal.any(enough) }).catch(() => {
    signal?.throwIfAborted();
    throw new FetchFailed('can not be reached from here');
  });
}
