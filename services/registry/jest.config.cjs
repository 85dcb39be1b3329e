const preset = require('../../jest.preset.cjs')('registry');

// mongodb loads one module by a dynamic import, which Jest can't run; compiled to CommonJS it is a plain require.
const [typescriptToCommonJs] = Object.values(preset.transform);
const importing = 'node_modules/mongodb/lib/runtime_adapters\\.js$';

module.exports = {
  ...preset,
  transform: { ...preset.transform, [importing]: typescriptToCommonJs },
  transformIgnorePatterns: ['/node_modules/(?!mongodb/lib/runtime_adapters\\.js$)'],
};
