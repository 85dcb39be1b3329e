/** Where the CPU time of profiled processes went: by package or file and by function, to read; and by kind, to keep. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { objectSamples, perfSummary } from '../harness/perf.mjs';

const PLACES = 14;
const FUNCTIONS = 22;

/** What a function is, by its place (see `placeOf`) and name; the first that fits. */
const KINDS = [
  ['writing to sockets', (_place, name) => /^write(v|Buffer|\w+String)$/.test(name)],
  ['garbage', (_place, name) => name === '(garbage collector)'],
  ['native code and the system', (place) => place === '(program)' || place === '(native)'],
  ['Node.js', (place) => place.startsWith('node:')],
  ['NATS client', (place) => place === 'nats'],
  ['MongoDB driver', (place) => /^(mongodb|bson)$/.test(place)],
  ['Nest', (place) => /^(@nestjs|rxjs|reflect-metadata)/.test(place)],
  ['Fastify', (place) => /fastify|find-my-way|avvio|light-my-request/.test(place)],
  ['code of its own', (place) => /^(libs|services|bench)\//.test(place)],
  ['other packages', () => true],
];

/** The names of all kinds, in the order of their columns. */
export const KIND_NAMES = KINDS.map(([kind]) => kind);

/** The profiler's own doings, and waiting. */
const isNoWork = (place, name) =>
  name === '(idle)' || name === '(root)' || (place === '(native)' && name === 'dispatch');

/** Prints a summary of every profile below the folder. */
export function tellProfiles(folder) {
  for (const entry of readdirSync(folder, { recursive: true }).sort()) {
    if (entry.endsWith('.cpuprofile')) tell(entry, readSamples(join(folder, entry)));
    if (entry.endsWith('.perf')) console.log(`\n${entry}:\n${perfSummary(join(folder, entry))}`);
  }
}

/**
 * Of each contender's processes, threads apart, the parts of their time by kind; of those that hold the sockets also as perf
 * sees them, by what the system calls an object: the kernel, node, a library. All profiles below the folder together.
 *
 * @returns {{ contender: string, process: string, by: 'kind' | 'object', shares: Record<string, number> }[]}
 */
export function summariseProfiles(folder) {
  return readdirSync(folder).flatMap((contender) => {
    const files = readdirSync(join(folder, contender)).sort();
    const perf = files
      .filter((name) => name.endsWith('.perf'))
      .map((name) => objectSamples(join(folder, contender, name)));
    return [
      ...[...byProcess(files)].map(([process, names]) => {
        const shares = sharesOf(names.map((name) => kindsIn(join(folder, contender, name))));
        return { contender, process, by: 'kind', shares };
      }),
      ...(perf.length > 0 ? [{ contender, process: 'sockets', by: 'object', shares: sharesOf(perf) }] : []),
    ];
  });
}

function byProcess(files) {
  const found = new Map();
  for (const name of files.filter((each) => each.endsWith('.cpuprofile'))) {
    const process = name.replace(/-\d+(-thread-\d+)?-\d+\.cpuprofile$/, '');
    found.set(process, [...(found.get(process) ?? []), name]);
  }
  return found;
}

function kindsIn(file) {
  const kinds = new Map();
  for (const { place, name, us } of readSamples(file)) add(kinds, kindOf(place, name), us);
  return kinds;
}

/** Of several weighed tables one of shares, which together are 1. */
function sharesOf(tables) {
  const sum = new Map();
  for (const table of tables) for (const [key, weight] of table) add(sum, key, weight);
  const all = [...sum.values()].reduce((total, weight) => total + weight, 0);
  return Object.fromEntries(top(sum, sum.size).map(([key, weight]) => [key, Number((weight / all).toFixed(4))]));
}

const kindOf = (place, name) => KINDS.find(([, fits]) => fits(place, name))[0];

/** Each sample at work: where, and the time since the one before. */
function readSamples(file) {
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(file, 'utf8'));
  const callOf = new Map(
    nodes.map(({ id, callFrame: { functionName: name, url, lineNumber } }) => [
      id,
      { name, place: placeOf(url, name), line: lineNumber + 1 },
    ]),
  );
  return samples
    .map((id, i) => ({ ...callOf.get(id), us: timeDeltas[i] }))
    .filter(({ place, name }) => !isNoWork(place, name));
}

function tell(name, samples) {
  const byPlace = new Map();
  const byFunction = new Map();
  let busy = 0;
  for (const { place, name, line, us } of samples) {
    busy += us;
    add(byPlace, place, us);
    add(byFunction, `${name || '(anonymous)'} ${place}:${line}`, us);
  }
  console.log(`\n${name}: busy ${(busy / 1e6).toFixed(2)} s`);
  for (const [what, us] of top(byPlace, PLACES)) console.log(`  ${percent(us, busy)} ${what}`);
  console.log('  by function:');
  for (const [what, us] of top(byFunction, FUNCTIONS)) console.log(`  ${percent(us, busy)} ${what}`);
}

const add = (to, key, us) => to.set(key, (to.get(key) ?? 0) + us);
const top = (map, count) => [...map].sort(([, a], [, b]) => b - a).slice(0, count);
const percent = (us, of) => `${((100 * us) / of).toFixed(1).padStart(5)} %`;

/** A package under node_modules, else the file. `(program)` is native code, and what the system does for it. */
function placeOf(url, functionName) {
  if (url === '') return functionName.startsWith('(') ? functionName : '(native)';
  const parts = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url);
  return parts ? parts[1] : url.replace(/^.*\/(libs|services|bench)\//, '$1/').replace(/^file:\/\//, '');
}
