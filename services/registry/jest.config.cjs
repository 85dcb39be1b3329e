const preset = require('../../jest.preset.cjs')('registry');

// mongodb loads one module by a dynamic import, and content-disposition (of @fastify/static) is an ES module: Jest can
// run neither. Compiled to CommonJS they are plain requires.
const [typescriptToCommonJs] = Object.values(preset.transform);
const importing = '(mongodb/lib/runtime_adapters\\.js$|content-disposition/)';

module.exports = {
  ...preset,
  transform: { ...preset.transform, [`node_modules/${importing}`]: typescriptToCommonJs },
  transformIgnorePatterns: [`/node_modules/(?!${importing})`],
};
