/** The folder where fetched programs are kept; what lies there is whole, however a download ended. */
import { access, chmod, constants, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { REPO_ROOT } from '../repo-root';
import type { FetchSettings, ProgramName, Source } from './program';

/** `WSCM_CACHE_DIR`, or `.cache` in the repository. */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
  const folder = env['WSCM_CACHE_DIR'] ?? '';
  return resolve(REPO_ROOT, folder === '' ? '.cache' : folder);
}

/** Where the program of this source lies once it was fetched. */
export function cachedPath(folder: string, name: ProgramName, source: Source): string {
  return join(folder, source.id, name);
}

/** Whether a file is there and may be run. */
export async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/**
 * Fetches into a folder of its own and renames it when the program is whole, so that a run that is cut off leaves
 * nothing behind at `file`, and of several at a time all end up with the same whole program.
 *
 * @param file where the program shall be: a path from {@link cachedPath}
 */
export async function fetchIntoCache(file: string, source: Source, settings: FetchSettings): Promise<void> {
  const folder = dirname(file);
  await mkdir(dirname(folder), { recursive: true });
  const unfinished = await mkdtemp(`${folder}.unfinished-`);
  try {
    await source.fetch(join(unfinished, basename(file)), settings);
    await chmod(join(unfinished, basename(file)), 0o755);
    await rename(unfinished, folder).catch((error: unknown) => acceptOther(file, error));
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

/** The folder is there already: fine when another process was quicker and put the program there. */
async function acceptOther(file: string, error: unknown): Promise<void> {
  if (!(await isExecutable(file))) throw error;
}
