/** MongoDB's own download of mongod, for all systems that it is made for, by mongodb-memory-server-core. */
import { copyFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { probe } from './probe';
import { FetchFailed, type FetchSettings, type Source } from './program';
import { runBriefly } from './run-briefly';

const VERSION = '8.2.6';
const HOST = 'https://fastdl.mongodb.org';
const DOWNLOAD_TIMEOUT_MS = 600_000;

/** Runs in a process of its own, because the library can neither be bounded nor interrupted. Ends with the path. */
const SCRIPT = `
const [library, version, downloadDir] = process.argv.slice(1);
require(library).MongoBinary.getPath({ version, downloadDir }).then(
  (path) => console.log('\\n' + path),
  (error) => { console.error(error.message.split('\\n')[0]); process.exitCode = 1; },
);`;

/** Given up within seconds where the download can't be reached. */
export const officialMongod: Source = {
  id: `mongod-${VERSION}`,
  title: `MongoDB's download of mongod ${VERSION}`,
  fetch: fetchOfficial,
};

async function fetchOfficial(file: string, settings: FetchSettings): Promise<void> {
  await probe(settings.env['MONGOMS_DOWNLOAD_MIRROR'] ?? HOST, settings);
  settings.log(`mongod: downloading MongoDB ${VERSION} (about 100 MB)`);
  const folder = join(dirname(file), 'download');
  await copyFile(await download(folder, settings), file);
  await rm(folder, { recursive: true, force: true });
}

async function download(folder: string, settings: FetchSettings): Promise<string> {
  const library = require.resolve('mongodb-memory-server-core');
  // Without this variable the library does not check the server's certificate.
  const env = { ...settings.env, npm_config_strict_ssl: 'true' };
  const run = { env, signal: settings.signal, timeoutMs: DOWNLOAD_TIMEOUT_MS };
  const outcome = await runBriefly(process.execPath, ['-e', SCRIPT, library, VERSION, folder], run);
  if (!outcome.ok) throw new FetchFailed(outcome.reason);
  return outcome.stdout.trim().split('\n').at(-1) ?? '';
}
