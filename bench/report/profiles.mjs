/** Where the CPU time of profiled Node processes went: by package or file, and by function. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { perfSummary } from '../harness/perf.mjs';

const PLACES = 14;
const FUNCTIONS = 22;

/** Prints a summary of every profile below the folder. */
export function tellProfiles(folder) {
  for (const entry of readdirSync(folder, { recursive: true }).sort()) {
    if (entry.endsWith('.cpuprofile')) tell(entry, JSON.parse(readFileSync(join(folder, entry), 'utf8')));
    if (entry.endsWith('.perf')) console.log(`\n${entry}:\n${perfSummary(join(folder, entry))}`);
  }
}

function tell(name, { nodes, samples, timeDeltas }) {
  const callOf = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const byPlace = new Map();
  const byFunction = new Map();
  let busy = 0;
  for (const [i, id] of samples.entries()) {
    const { functionName, url, lineNumber } = callOf.get(id);
    if (functionName === '(idle)' || functionName === '(root)') continue;
    busy += timeDeltas[i];
    const place = placeOf(url, functionName);
    add(byPlace, place, timeDeltas[i]);
    add(byFunction, `${functionName || '(anonymous)'} ${place}:${lineNumber + 1}`, timeDeltas[i]);
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
