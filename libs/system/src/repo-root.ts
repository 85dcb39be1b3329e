/** Where this repository lies on disk: the place of built services, of the program cache and of the data. */
import { resolve } from 'node:path';

/** Absolute path of the repository's root, the same from `src` and from `dist`. */
export const REPO_ROOT = resolve(__dirname, '../../..');
