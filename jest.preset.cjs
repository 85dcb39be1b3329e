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

// mongodb and OpenTelemetry's exporter load modules by a dynamic import; content-disposition (of @fastify/static) and jose are
// ES modules: Jest can run none of them. Compiled to CommonJS they are plain requires.
const NOT_COMMON_JS =
  '(mongodb/lib/runtime_adapters\\.js$|@opentelemetry/otlp-exporter-base/|content-disposition/|jose/)';

/** @param {string} displayName */
module.exports = (displayName) => ({
  displayName,
  testEnvironment: 'node',
  roots: ['<rootDir>/src'],
  testMatch: ['**/*.spec.ts'],
  moduleNameMapper: sources,
  transform: { '\\.ts$': toCommonJs, [`node_modules/${NOT_COMMON_JS}`]: toCommonJs },
  transformIgnorePatterns: [`/node_modules/(?!${NOT_COMMON_JS})`],
});
