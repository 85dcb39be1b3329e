/** Starts several things at once that are only of use together. */

/**
 * Runs all `starts` at the same time. When one fails, the others are told by their signal to give up.
 *
 * @throws what the first one to fail threw, once none of them is under way any more; some may have started by then
 */
export async function startTogether(
  starts: readonly ((enough: AbortSignal) => Promise<unknown>)[],
  signal?: AbortSignal,
): Promise<void> {
  const failed = new AbortController();
  const enough = AbortSignal.any([failed.signal, ...(signal ? [signal] : [])]);
  await Promise.all(starts.map((start) => start(enough).catch((error: unknown) => failed.abort(error))));
  failed.signal.throwIfAborted();
}
