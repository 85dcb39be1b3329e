/** The command line of `npm run bench`. */
import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

/** The order in which all are run. */
const ORDER = ['broadcast', 'idle', 'storm', 'stored', 'latency', 'send', 'list', 'soak'];

/** Names of all scenarios, in the order in which they are run. */
export const SCENARIOS = readdirSync(new URL('scenarios/', import.meta.url))
  .filter((name) => name.endsWith('.mjs'))
  .map((name) => name.slice(0, -'.mjs'.length))
  .sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b));

const HELP = `npm run bench -- [scenario …] [options]

Scenarios: ${SCENARIOS.join(', ')}; all of them where none is named.

  --quick            everything small, one round: a check that all works, in about five minutes
  --rounds N         how often the contenders take turns (3)
  --contenders a,b   only these
  --setup k=v,…      only such setups, e.g. clients=15000,nodes=4
  --minutes N        how long the soak takes (30)
  --profile FOLDER   CPU profiles of every Node process and its threads
  --report           docs/performance.md and its plots from bench/results, and nothing else`;

/** Ends the process with a message where the options are bad. */
export function readOptions(args) {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        quick: { type: 'boolean', default: false },
        rounds: { type: 'string' },
        contenders: { type: 'string' },
        setup: { type: 'string' },
        minutes: { type: 'string' },
        profile: { type: 'string' },
        report: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) end(HELP, 0);
    const strangers = positionals.filter((name) => !SCENARIOS.includes(name));
    if (strangers.length > 0) throw new Error(`no scenario is called ${strangers.join(', ')}`);
    return {
      scenarios: positionals.length > 0 ? positionals : SCENARIOS,
      size: values.quick ? 'quick' : 'full',
      rounds: positive('--rounds', values.rounds) ?? (values.quick ? 1 : 3),
      minutes: positive('--minutes', values.minutes) ?? (values.quick ? 0.5 : 30),
      contenders: values.contenders?.split(','),
      setup: readPairs(values.setup),
      profileTo: values.profile && resolve(values.profile),
      report: values.report,
    };
  } catch (error) {
    return end(`${error.message}\n\n${HELP}`, 1);
  }
}

/** `a=1,b=2` as numbers by name. */
function readPairs(text = '') {
  const pairs = text.split(',').filter(Boolean);
  return Object.fromEntries(pairs.map((pair) => [pair.split('=')[0], positive(pair, pair.split('=')[1] ?? '')]));
}

function positive(name, text) {
  if (text === undefined) return undefined;
  if (!(Number(text) > 0)) throw new Error(`${name} takes a number above 0, not ${text}`);
  return Number(text);
}

function end(text, code) {
  console[code === 0 ? 'log' : 'error'](text);
  return process.exit(code);
}
