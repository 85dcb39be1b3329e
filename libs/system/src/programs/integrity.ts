/** Whether a file that was fetched is the one that was pinned. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { FetchFailed } from './program';

/** @throws {FetchFailed} where the file has another sha256 (in hex) */
export async function refuseOtherThan(sha256: string, file: string): Promise<void> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  const found = hash.digest('hex');
  if (found !== sha256) throw new FetchFailed(`has the sha256 ${found} in place of ${sha256}, refused`);
}
