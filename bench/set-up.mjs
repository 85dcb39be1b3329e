/** What the benchmark needs beside the product: packages of its own, and two programs in Go. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const STAMP = `${HERE}node_modules/.wscm-installed`;

/** Ends the process with one clear message where something is missing. */
export function setUp() {
  install();
  needGo();
  build('load', 'load');
  build('contenders/centrifuge', 'centrifuge');
}

/** Again when the lock file is another one than at the last time. */
function install() {
  const wanted = createHash('sha256')
    .update(readFileSync(`${HERE}package-lock.json`))
    .digest('hex');
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted) return;
  console.log('Installing the contenders (npm ci) …');
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], HERE);
  writeFileSync(STAMP, wanted);
}

function needGo() {
  try {
    execFileSync('go', ['version'], { stdio: 'ignore' });
  } catch {
    console.error('The benchmark needs Go 1.26 or newer on PATH (https://go.dev/dl): it compiles its load generator.');
    process.exit(1);
  }
}

/** Go itself knows what has changed. */
function build(folder, program) {
  if (!existsSync(`${HERE}dist/${program}`)) console.log(`Compiling ${program} …`);
  run('go', ['build', '-o', `${HERE}dist/${program}`, '.'], HERE + folder);
}

function run(program, args, cwd) {
  try {
    execFileSync(program, args, { cwd, stdio: ['ignore', 'inherit', 'inherit'] });
  } catch (error) {
    console.error(`${program} ${args.join(' ')} has failed: ${error.message}`);
    process.exit(1);
  }
}
