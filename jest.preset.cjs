// What every project's Jest configuration shares: swc for TypeScript, sources in place of built packages.
const { readdirSync } = require('node:fs');
const { join } = require('node:path');

const sources = Object.fromEntries(
  readdirSync(join(__dirname, 'libs')).map((lib) => [`^@wscm/${lib}$`, join(__dirname, 'libs', lib, 'src/index.ts')]),
);

/** @param {string} displayName */
module.exports = (displayName) => ({
  displayName,
  testEnvironment: 'node',
  roots: ['<rootDir>/src'],
  testMatch: ['**/*.spec.ts'],
  moduleNameMapper: sources,
  transform: {
    '\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2023',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
        },
        module: { type: 'commonjs' },
      },
    ],
  },
});
