/** Linux's perf, where it is to be had: it sees native code and the kernel, which a profile by Node does not. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';

const HERTZ = '999';
const SYMBOLS = 30;

/** Samples the processes until `stop`; does nothing where there is no perf. */
export async function startPerf(pids, file) {
  const child = spawn('perf', ['record', '-F', HERTZ, '-o', file, '-p', pids.join(',')], { stdio: 'ignore' });
  const ended = Promise.race([once(child, 'exit'), once(child, 'error')]).catch(() => undefined);
  return {
    stop: async () => {
      child.kill('SIGINT');
      await ended;
    },
  };
}

const report = (file, how) =>
  execFileSync('perf', ['report', '-i', file, '--stdio', '--no-children', ...how], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 1 << 28,
  })
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => line.trimEnd().slice(0, 120));

/** Where time went: by library, then by function. */
export function perfSummary(file) {
  return [
    ...report(file, ['--sort', 'dso']).slice(0, 6),
    '  by function:',
    ...report(file, ['--sort', 'dso,symbol']).slice(0, SYMBOLS),
  ].join('\n');
}

/** Samples in each object: the kernel, a program, a library, code made at run time. */
export function objectSamples(file) {
  const found = new Map();
  for (const line of report(file, ['-F', 'sample,dso'])) {
    const [, samples, object] = /^\s*(\d+)\s+(.+)$/.exec(line) ?? [];
    if (object === undefined) continue;
    const name = object.startsWith('[JIT]') ? 'code that V8 made' : object.trim();
    found.set(name, (found.get(name) ?? 0) + Number(samples));
  }
  return found;
}
