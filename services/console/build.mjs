// Builds the console into dist/site, unless that was made of the same sources already; compresses what browsers load.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const STAMP = `${HERE}dist/site/.sources`;
/** All that the result is made of; folders end with a slash. */
const SOURCES = [
  ...['src/', 'public/', 'index.html', 'package.json', 'vite.config.mjs', 'build.mjs'],
  ...['../../libs/contracts/src/', '../../package-lock.json'],
];

const wanted = digestOf(SOURCES.flatMap(filesOf));
if (!existsSync(STAMP) || readFileSync(STAMP, 'utf8') !== wanted) {
  const { build } = await import('vite');
  await build({ configFile: `${HERE}vite.config.mjs`, logLevel: 'error' });
  compress(`${HERE}dist/site/assets/`);
  writeFileSync(STAMP, wanted);
}

/** Beside each file, for the registry to choose from. */
function compress(folder) {
  for (const name of readdirSync(folder).filter((name) => /\.(?:js|css)$/.test(name))) {
    const content = readFileSync(folder + name);
    writeFileSync(`${folder}${name}.br`, brotliCompressSync(content));
    writeFileSync(`${folder}${name}.gz`, gzipSync(content, { level: 9 }));
  }
}

function filesOf(source) {
  if (!source.endsWith('/')) return [source];
  const entries = readdirSync(HERE + source, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.spec.ts'))
    .map(({ parentPath, name }) => `${parentPath}/${name}`.slice(HERE.length))
    .sort();
}

function digestOf(files) {
  const hash = createHash('sha256').update(process.version);
  for (const file of files) hash.update(`\n${file}\n`).update(readFileSync(HERE + file));
  return hash.digest('hex');
}
