// All the set-up that a fresh clone needs: checks Node, installs packages, builds. Needs nothing but Node itself.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const LOCKFILE = `${ROOT}package-lock.json`;
const STAMP = `${ROOT}node_modules/.wscm-installed`;
const OLDEST_NODE = [20, 19];

/** Makes the repository ready to run; ends the process with one clear message and exit code 1 where that fails. */
export async function bootstrap() {
  checkNode();
  await install();
  await build();
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return;
  fail(`This needs Node ${OLDEST_NODE.join('.')} or newer; this is Node ${process.versions.node}.`);
}

/** Packages are installed anew when package-lock.json is another one than at the last time. */
async function install() {
  const wanted = createHash('sha256').update(readFileSync(LOCKFILE)).digest('hex');
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted) return;
  console.log('Installing packages (npm ci) …');
  await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], 'The packages could not be installed.');
  writeFileSync(STAMP, wanted);
}

/** Only what has changed is compiled again. */
async function build() {
  console.log('Building …');
  await run(process.execPath, ['node_modules/typescript/bin/tsc', '-b'], 'The build has failed.');
  await run(process.execPath, ['services/console/build.mjs'], 'The console could not be built.');
}

/** Runs a program to its end, in the same terminal. A Ctrl-C or SIGTERM meanwhile ends the program and this process. */
async function run(program, args, complaint) {
  const child = spawn(program, args, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] });
  let interrupted = false;
  const interrupt = () => {
    interrupted = true;
    child.kill('SIGKILL'); // npm would first finish what it does, for a minute; it starts afresh next time anyway
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  const code = await new Promise((resolve) => child.once('close', resolve).once('error', resolve));
  process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  if (interrupted) process.exit(0);
  if (code !== 0)
    fail(`${complaint} What it said is above (${program} ${args[0]}: ${code?.message ?? `exit code ${code}`}).`);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
