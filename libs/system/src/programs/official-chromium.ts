/** Playwright's own download of a headless Chromium, for all systems that it is made for. */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { probe } from './probe';
import { FetchFailed, type FetchSettings, type Source } from './program';
import { runBriefly } from './run-briefly';

const HOST = 'https://cdn.playwright.dev';
const DOWNLOAD_TIMEOUT_MS = 300_000;
const PROGRAMS = ['chrome-headless-shell', 'headless_shell'];
const FOLDER = 'browsers';

/** Which version it is goes by the version of playwright-core. Given up within seconds where it can't be reached. */
export const officialChromium: Source = {
  id: 'chromium-playwright',
  title: "Playwright's download of Chromium",
  fetch: fetchOfficial,
};

async function fetchOfficial(file: string, settings: FetchSettings): Promise<void> {
  const cli = join(dirname(require.resolve('playwright-core/package.json')), 'cli.js');
  await probe(settings.env['PLAYWRIGHT_DOWNLOAD_HOST'] ?? HOST, settings);
  settings.log('chromium: downloading the one of Playwright (about 120 MB)');
  const folder = join(dirname(file), FOLDER);
  await mkdir(folder);
  const env = { ...settings.env, PLAYWRIGHT_BROWSERS_PATH: folder };
  const run = { env, signal: settings.signal, timeoutMs: DOWNLOAD_TIMEOUT_MS };
  const outcome = await runBriefly(process.execPath, [cli, 'install', '--only-shell', 'chromium'], run);
  if (!outcome.ok) throw new FetchFailed(outcome.reason);
  await writeFile(file, await starter(dirname(file), folder));
}

/** A script that runs the browser, wherever the cache is. */
async function starter(from: string, folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const program = entries.find((entry) => entry.isFile() && PROGRAMS.includes(entry.name));
  if (!program) throw new FetchFailed('has no headless shell for this system');
  const path = relative(from, join(program.parentPath, program.name));
  return `#!/bin/sh\nexec "$(dirname "$0")/${path}" "$@"\n`;
}
