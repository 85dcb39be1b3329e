/** Waits for every one, and rejects with the first failure only then: nothing is left under way. */
export async function allDone(tasks: readonly Promise<unknown>[]): Promise<void> {
  await Promise.allSettled(tasks);
  await Promise.all(tasks);
}
