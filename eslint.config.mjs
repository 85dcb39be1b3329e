import js from '@eslint/js';
import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import reactHooks from 'eslint-plugin-react-hooks';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** Which project may import which: contracts know nobody, services know libs, and never each other. */
const projects = [
  ['scope:contracts', []],
  ['scope:runtime', []],
  ['scope:auth', []],
  ['scope:tracing', ['scope:runtime']],
  ['scope:bus', ['scope:contracts']],
  ['scope:system', []],
  ['scope:testing', ['scope:system']],
  ['scope:gateway', ['scope:contracts', 'scope:auth', 'scope:bus', 'scope:runtime', 'scope:tracing']],
  ['scope:registry', ['scope:contracts', 'scope:auth', 'scope:bus', 'scope:runtime', 'scope:tracing']],
  ['scope:console', ['scope:contracts']],
  ['scope:torture', ['scope:contracts', 'scope:system']],
  ['scope:e2e', ['scope:contracts', 'scope:system', 'scope:testing']],
];

/** Libraries that only their owner may import. */
const owners = {
  'uWebSockets.js': 'scope:gateway',
  mongodb: ['scope:registry', 'scope:system', 'scope:testing', 'scope:torture'],
  nats: ['scope:bus', 'scope:torture'],
  jose: 'scope:auth',
  '@opentelemetry/*': 'scope:tracing',
};

const owns = (scope, library) => [owners[library]].flat().includes(scope);

const boundaries = projects.map(([sourceTag, libs]) => ({
  sourceTag,
  onlyDependOnLibsWithTags: [sourceTag, ...libs],
  bannedExternalImports: Object.keys(owners).filter((library) => !owns(sourceTag, library)),
}));

/** Tests may use real servers and test clients. */
const boundariesOfTests = boundaries.map((rule) => ({
  ...rule,
  onlyDependOnLibsWithTags: [...new Set([...rule.onlyDependOnLibsWithTags, 'scope:testing', 'scope:system'])],
  bannedExternalImports: ['uWebSockets.js'].filter((library) => !owns(rule.sourceTag, library)),
}));

const boundaryRule = (depConstraints) => [
  'error',
  { enforceBuildableLibDependency: true, allowCircularSelfDependency: true, depConstraints },
];

export default defineConfig(
  { ignores: ['**/dist/', '**/node_modules/', '.cache/', '.data/', '.nx/', '**/*.cjs'] },
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { '@nx': nx },
    rules: {
      '@nx/enforce-module-boundaries': boundaryRule(boundaries),
      '@typescript-eslint/consistent-type-definitions': 'off',
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/dot-notation': 'off',
      // Nest declares its option types as classes that have no constructor to call.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
    },
  },
  {
    files: ['services/console/src/**/*.{ts,tsx}'],
    extends: [reactHooks.configs.flat['recommended-latest']],
    // Only of use to React's compiler, which does not compile the console.
    rules: { 'react-hooks/incompatible-library': 'off' },
  },
  {
    files: ['**/*.spec.ts', 'services/*/src/testing/**/*.ts', 'services/e2e/src/**/*.ts'],
    rules: {
      '@nx/enforce-module-boundaries': boundaryRule(boundariesOfTests),
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  { files: ['**/*.mjs'], languageOptions: { globals: { console: 'readonly', process: 'readonly', URL: 'readonly' } } },
  prettier,
);
