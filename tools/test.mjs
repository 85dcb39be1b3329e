// `npm test`: sets everything up, then checks formatting, lint and every test. Options after `--` go to Jest.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bootstrap } from './bootstrap.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const RESULTS = `${ROOT}.cache/test-results.json`;

await bootstrap();
await fetchPrograms();
const outcomes = [
  await check('formatting', ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.']),
  await check('project graph', ['node_modules/nx/dist/bin/nx.js', 'show', 'projects']),
  await check('types', ['node_modules/typescript/bin/tsc', '-b', 'tsconfig.all.json']),
  await check('lint', ['node_modules/eslint/bin/eslint.js', '.', '--max-warnings=0']),
  await check('Helm chart', ['tools/check-chart.mjs']),
  await runTests(process.argv.slice(2)),
];
const passed = outcomes.reduce((sum, outcome) => sum + outcome.passed, 0);
const failed = outcomes.reduce((sum, outcome) => sum + outcome.failed, 0);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

/** Once, before many tests ask for them at the same time. Without a browser, the tests that need one say so. */
async function fetchPrograms() {
  const { findProgram } = await import('@wscm/system');
  for (const program of ['nats-server', 'mongod']) await findProgram(program);
  await findProgram('chromium').catch((error) => console.error(error.message));
}

/** One check by a tool of its own: passed or failed as a whole. */
async function check(name, args) {
  const code = await run(args);
  console.log(`${code === 0 ? 'ok' : 'FAILED'}: ${name}`);
  return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/** Test files that could not even start count as failed, too. */
async function runTests(options) {
  mkdirSync(`${ROOT}.cache`, { recursive: true });
  rmSync(RESULTS, { force: true });
  const code = await run(['node_modules/jest/bin/jest.js', '--ci', '--json', `--outputFile=${RESULTS}`, ...options]);
  const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites } = readResults();
  const failed = numFailedTests + numRuntimeErrorTestSuites;
  return { passed: numPassedTests, failed: code === 0 ? failed : Math.max(1, failed) };
}

function readResults() {
  try {
    return JSON.parse(readFileSync(RESULTS, 'utf8'));
  } catch {
    return { numPassedTests: 0, numFailedTests: 0, numRuntimeErrorTestSuites: 1 };
  }
}

/** Runs a tool of the repository to its end and resolves with its exit code. What it prints goes through, as errors do. */
function run(args) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] });
    child.once('exit', (code) => resolve(code ?? 1)).once('error', () => resolve(1));
  });
}
