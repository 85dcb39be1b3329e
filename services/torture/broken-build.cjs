// Loaded before a replica by `npm run torture -- --broken NAME`: replaces one text in one file as it is loaded.
const { readFileSync } = require('node:fs');
const Module = require('node:module');
const { join } = require('node:path');

const { file, text, instead } = JSON.parse(process.env.WSCM_BROKEN_BUILD);
const target = join(__dirname, '../..', file);
const load = Module._extensions['.js'];

Module._extensions['.js'] = (module, filename) => {
  if (filename !== target) return load(module, filename);
  const source = readFileSync(filename, 'utf8');
  if (source.split(text).length !== 2) throw new Error(`${text} does not stand once in ${filename}`);
  return module._compile(
    source.replace(text, () => instead),
    filename,
  );
};
