// `npm run bench`: sets everything up, runs the scenarios, and keeps their results. `--help` tells the options.
import { execFileSync } from 'node:child_process';
import { bootstrap } from '../tools/bootstrap.mjs';
import { readOptions } from './options.mjs';
import { setUp } from './set-up.mjs';

if (process.platform !== 'linux') {
  console.error('The benchmark reads /proc and uses epoll: it runs on Linux only.');
  process.exit(1);
}
const options = readOptions(process.argv.slice(2));
// One process may hold 15,000 sockets here; a shell's usual limit is 1024.
if (!options.report && Number(execFileSync('sh', ['-c', 'ulimit -n'])) < 16_384) {
  console.error('The benchmark needs more open files: run `ulimit -n 20000` first.');
  process.exit(1);
}
await bootstrap();
setUp();
const { runAll, writeReport } = await import('./run.mjs');
process.exit(await (options.report ? writeReport(options) : runAll(options)));
