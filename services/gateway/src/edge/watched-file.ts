/** Files that are read again when they change. Polled: that also sees through links, and folders that are swapped. */
import { type Stats, unwatchFile, watchFile } from 'node:fs';

const PERIOD_MS = 2_000;

/** Told of each change of what a variable names; with an error where it could not be used and the old one stays. */
export type OnReload = (variable: string, error?: unknown) => void;

export function reloading(variable: string, reload: () => void, onReload: OnReload): void {
  try {
    reload();
    onReload(variable);
  } catch (error) {
    onReload(variable, error);
  }
}

/** Calls `reload` after each change, until what is returned is called. */
export function onChange(paths: readonly string[], reload: () => void): () => void {
  const listener = (now: Stats, before: Stats) => {
    if (now.mtimeMs !== before.mtimeMs || now.ino !== before.ino || now.size !== before.size) reload();
  };
  for (const path of paths) watchFile(path, { interval: PERIOD_MS, persistent: false }, listener);
  return () => {
    for (const path of paths) unwatchFile(path, listener);
  };
}
