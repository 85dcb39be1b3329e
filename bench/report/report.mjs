/** `docs/performance.md` and its plots, from the results of the last full runs. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format } from 'prettier';
import { LOAD_LIMIT } from '../harness/rounds.mjs';
import { SCENARIOS } from '../options.mjs';
import { ORDER, plot, titleOf } from './plot.mjs';
import { KIND_NAMES } from './profiles.mjs';

const folder = (path) => fileURLToPath(new URL(`../../${path}/`, import.meta.url));
const RESULTS = folder('bench/results');
const DOCS = folder('docs');

/** Of small runs a page that nobody commits is made, to look at. @returns {Promise<number>} the exit code */
export async function writeReport({ size }) {
  const [from, to] = size === 'quick' ? [`${RESULTS}quick/`, `${RESULTS}quick/`] : [RESULTS, DOCS];
  const results = read(from);
  mkdirSync(`${to}performance`, { recursive: true });
  for (const result of results) writeFileSync(`${to}performance/${result.scenario}.svg`, await plot(result));
  const intro = readFileSync(new URL('introduction.md', import.meta.url), 'utf8');
  const profiles = read(`${from}profiles/`);
  const profileOf = ({ scenario }) => profiles.find((each) => each.scenario === scenario);
  const page = [intro, ...results.map((result) => section(result, profileOf(result)))].join('\n\n');
  writeFileSync(`${to}performance.md`, await format(page, { parser: 'markdown', printWidth: 120 }));
  console.log(`${to}performance.md is written, from ${results.length} results.`);
  return 0;
}

function read(from) {
  if (!existsSync(from)) return [];
  const names = readdirSync(from).filter((name) => name.endsWith('.json'));
  const results = names.map((name) => JSON.parse(readFileSync(from + name, 'utf8')));
  return results.sort((a, b) => SCENARIOS.indexOf(a.scenario) - SCENARIOS.indexOf(b.scenario));
}

function section(result, profile) {
  const { title, scenario, counts } = result;
  return [
    `## ${title}`,
    counts,
    `![${title}](performance/${scenario}.svg)`,
    mainTable(result),
    goalsTable(result.goals),
    faultsText(result.rows),
    profile && profileText(profile),
    details(result),
    machineText(result),
  ]
    .filter(Boolean)
    .join('\n\n');
}

const short = (value) =>
  (Math.abs(value) >= 1_000 ? Math.round(value) : Number(value.toPrecision(3))).toLocaleString('en');

const table = (head, lines) =>
  [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

/** The median of all rounds, and the spread. */
function cell(figure) {
  if (!figure || figure.median === null) return '';
  const { median, min, max } = figure;
  return min === max ? short(median) : `${short(median)} (${short(min)}–${short(max)})`;
}

const namesIn = (rows) => ORDER.filter((name) => rows.some((row) => row.contender === name));
const casesIn = (rows) => [...new Set(rows.map((row) => row.case))];

function mainTable({ rows, main, unit }) {
  const names = namesIn(rows);
  const lines = casesIn(rows).map((what) => [
    what,
    ...names.map((name) => cell(rows.find((row) => row.case === what && row.contender === name)?.summary[main])),
  ]);
  return `In ${unit}:\n\n${table(['', ...names.map(titleOf)], lines)}`;
}

const limitOf = ({ atMost, atLeast }) => (atMost === undefined ? `≥ ${atLeast}` : `≤ ${atMost}`);

function goalsTable(goals) {
  if (goals.length === 0) return '';
  const lines = [...new Set(goals.map(({ goal }) => goal))].map((text) => {
    const of = goals.filter(({ goal }) => goal === text);
    const met = of.filter((each) => each.met).length;
    const ratios = of.map(({ ratio }) => ratio);
    const worst = of.find(
      ({ ratio }) => ratio === (of[0].atMost === undefined ? Math.min(...ratios) : Math.max(...ratios)),
    );
    const range = ratios.length > 1 ? `${short(Math.min(...ratios))}–${short(Math.max(...ratios))}` : short(ratios[0]);
    return [text, limitOf(of[0]), range, `${met} of ${of.length}`, met === of.length ? '' : worst.case];
  });
  return table(['goal', 'limit', 'measured', 'cases met', 'furthest from it'], lines);
}

function faultsText(rows) {
  const faults = rows.flatMap(({ case: what, contender, rounds }) =>
    rounds.flatMap((round) => round.faults.map((fault) => `- ${titleOf(contender)}, ${what}: ${fault}`)),
  );
  return faults.length === 0 ? '' : `What did not arrive as expected:\n\n${[...new Set(faults)].join('\n')}`;
}

const percentOf = (share) => (share === undefined ? '' : `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`);

const PROCESSES = {
  'gateway-dist-main-js': 'gateway',
  'registry-dist-main-js': 'registry',
  'dist-uplink-thread-main-js': 'registry, its storing thread',
};

/** As a profile is called after its script, and the role that it was started in. */
const processName = (name) => PROCESSES[name] ?? name.replace(/^bench-contenders-\w+-mjs-?/, '');

/** Where time went, in a run of its own. */
function profileText({ at, setup, processes }) {
  const told = Object.entries(setup).map(([name, value]) => `${name} ${value}`);
  const of = (by) => processes.filter((each) => each.by === by);
  const objects = [...new Set(of('object').flatMap(({ shares }) => Object.keys(shares)))].filter((name) =>
    of('object').some(({ shares }) => shares[name] > 0.02),
  );
  const lines = (by, names) =>
    of(by).map(({ contender, process, shares }) => [
      titleOf(contender),
      processName(process),
      ...names.map((name) => percentOf(shares[name])),
    ]);
  return [
    `Profiles${told.length > 0 ? ` (${told.join(', ')})` : ''}, of a run of its own on ${at.slice(0, 10)}: parts of the time in which a process had work, by V8's profiler. Its clock runs on where the system takes the CPU from the process, most often while it writes.`,
    table(['', 'process', ...KIND_NAMES], lines('kind', KIND_NAMES)),
    ...(objects.length > 0
      ? [
          "CPU time of the processes that hold the sockets, by Linux's perf:",
          table(['', '', ...objects], lines('object', objects)),
        ]
      : []),
  ].join('\n\n');
}

const COLUMNS = {
  'cpuUs.front': 'CPU µs, sockets',
  'cpuUs.registry': 'registry',
  'cpuUs.nats': 'NATS',
  'cpuUs.mongod': 'MongoDB',
  'cpuUs.total': 'CPU µs, all',
  perSecond: 'a second',
  deliveredPerSecond: 'a second',
  connectedPerSecond: 'a second',
  kbPerConnection: 'KB a connection',
  listedAfterMs: 'listed after ms',
  p50: 'p50 ms',
  p95: 'p95 ms',
  p99: 'p99 ms',
  max: 'max ms',
  arrived50: 'arrived p50 ms',
  arrived99: 'arrived p99 ms',
  written50: 'written p50 ms',
  written99: 'written p99 ms',
  overtaken: 'overtaken',
  'rssMb.front': 'MB, sockets',
  'rssMb.registry': 'MB, registry',
  'rssMb.nats': 'MB, NATS',
  'rssMb.mongod': 'MB, MongoDB',
  'growth.front': 'growth, sockets',
  'growth.registry': 'growth, registry',
  pendingMax: 'waiting events, most',
  idleShare: 'machine idle',
  loadShare: 'load generator',
};

const SHARES = ['loadShare', 'idleShare'];

function details({ rows }) {
  const columns = Object.keys(COLUMNS).filter((name) => rows.some((row) => row.summary[name]));
  const cellOf = (row, name) => (SHARES.includes(name) ? percent(name, row.summary[name]) : cell(row.summary[name]));
  const lines = casesIn(rows).flatMap((what) =>
    namesIn(rows).flatMap((name) =>
      rows
        .filter((row) => row.case === what && row.contender === name)
        .map((row) => [what, titleOf(name), ...columns.map((column) => cellOf(row, column))]),
    ),
  );
  const head = ['', '', ...columns.map((name) => COLUMNS[name])];
  return `<details><summary>All figures: the median of the rounds, and from the least to the greatest</summary>\n\n${table(head, lines)}\n\n</details>`;
}

/** A load generator near its limit is marked: the figure then says how fast it is, not how fast the server. */
function percent(name, figure) {
  if (!figure) return '';
  const text = `${Math.round(figure.median * 100)} %`;
  return name === 'loadShare' && figure.max > LOAD_LIMIT ? `**${text}**` : text;
}

function machineText({ at, rounds, machine }) {
  const { processor, cores, memoryGiB, kernel, versions } = machine;
  const programs = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const when = at.slice(0, 10);
  return `Measured on ${when} in ${rounds} rounds: ${processor}, ${cores} cores, ${memoryGiB} GiB, Linux ${kernel}; ${programs.join(', ')}.`;
}
