// What every project's Jest configuration shares: swc for TypeScript, sources in place of built packages.
const { readdirSync } = require('node:fs');
const { join } = require('node:path');

const sources = Object.fromEntries(
  readdirSync(join(__dirname, 'libs')).map((lib) => [`^@wscm/${lib}$`, join(__dirname, 'libs', lib, 'src/index.ts')]),
);

const toCommonJs = [
  '@swc/jest',
  {
    jsc: {
      target: 'es2023',
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true },
    },
    module: { type: 'commonjs' },
  },
];

// mongodb loads one module by a dynamic import, which Jest can't run; compiled to CommonJS it is a plain require.
const DYNAMIC_IMPORT = 'mongodb/lib/runtime_adapters\\.js$';

/** @param {string} displayName */
module.exports = (displayName) => ({
  displayName,
  testEnvironment: 'node',
  roots: ['<rootDir>/src'],
  testMatch: ['**/*.spec.ts'],
  moduleNameMapper: sources,
  transform: { '\\.ts$': toCommonJs, [`node_modules/${DYNAMIC_IMPORT}`]: toCommonJs },
  transformIgnorePatterns: [`/node_modules/(?!${DYNAMIC_IMPORT})`],
});
