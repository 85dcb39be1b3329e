// `npm run licences`: writes docs/licences.md, the licences of all packages that ship in the images. With `--check` writes
// nothing, and fails where a licence is unknown or not among those allowed, or the page is not up to date.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format } from 'prettier';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PAGE = 'docs/licences.md';
/** The console's packages are in the files that it is built into, which the registry's image holds. */
const SHIPPED = ['services/gateway', 'services/registry', 'services/console'];
const ALLOWED = new Set([
  'MIT',
  'ISC',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'BlueOak-1.0.0',
  'Unlicense',
  'Python-2.0',
]);
/** What a package.json tells wrongly, and its LICENSE file tells right. */
const CORRECTED = { uwebsockets: 'Apache-2.0' };

const { packages } = JSON.parse(readFileSync(`${ROOT}package-lock.json`, 'utf8'));

/** Paths in the lock file of everything that these projects need, as Node finds it. */
function shipped(projects) {
  const found = new Set();
  const visit = (path) => {
    if (found.has(path)) return;
    found.add(path);
    const { dependencies, optionalDependencies, peerDependencies } = packages[path];
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
      const next = resolve(path, name);
      if (next) visit(next);
    }
  };
  projects.forEach(visit);
  return [...found].filter((path) => path.includes('node_modules/'));
}

function resolve(from, name) {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/')))) {
    const path = `${folder ? `${folder}/` : ''}node_modules/${name}`;
    if (packages[path]) return packages[path].link ? packages[path].resolved : path;
    if (folder === '') return undefined;
  }
}

function describe(path) {
  const { name: alias, version, license } = packages[path];
  const name = alias ?? path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
  return { name, version, license: CORRECTED[name] ?? license ?? 'unknown' };
}

/** Of a choice, e.g. `(MIT OR GPL-2.0)`, one must be allowed; of a sum, all. */
function isAllowed(license) {
  const choices = license.replaceAll(/[()]/g, '').split(' OR ');
  return choices.some((choice) => choice.split(' AND ').every((one) => ALLOWED.has(one)));
}

const all = shipped(SHIPPED).map(describe);
const lines = [...new Set(all.map(({ name, version, license }) => `| ${name} | ${version} | ${license} |`))].sort();
const page = await format(
  `# Licences

Of all packages that ship in the images of the gateway and the registry, the console's included, by \`npm run licences\`. Where a package ships its licence's text, that is in the images, too, in the package's folder; those of the console are in \`services/console/dist/site/licences.md\`. The package of uWebSockets.js says ISC in its package.json; its LICENSE file, upstream's, is Apache-2.0.

| package | version | licence |
| --- | --- | --- |
${lines.join('\n')}
`,
  { parser: 'markdown' },
);

const check = process.argv.includes('--check');
const bad = all.filter(({ license }) => !isAllowed(license));
for (const { name, version, license } of bad) console.error(`${name} ${version}: its licence is ${license}`);
if (!check) writeFileSync(ROOT + PAGE, page);
const isOld = check && readFileSync(ROOT + PAGE, 'utf8') !== page;
if (isOld) console.error(`${PAGE} is not up to date: npm run licences`);
if (bad.length > 0 || isOld) process.exitCode = 1;
else console.log(`${lines.length} packages ship; the licence of each is known and allowed.`);
