/** Which version of a service this is. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Semantic version of the package in this folder. */
export function versionOf(folder: string): string {
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
  return version;
}
