/** Runs a scenario: contenders take turns within each round, so that whatever else the machine does meets all of them. */
import { mkdirSync } from 'node:fs';
import { hasNchan } from '../contenders/nchan-paths.mjs';
import { summarise } from './statistics.mjs';

/** Above this share of its threads' time, the load generator itself was what limited the load. */
export const LOAD_LIMIT = 0.9;

/**
 * @param {object} scenario see `bench/scenarios`
 * @param {{ size: 'quick' | 'full', rounds: number, contenders?: string[], setup: Record<string, number>, profileTo?: string, minutes?: number }} options
 * @returns {Promise<object[]>} a row for each case and contender
 */
export async function runRounds(scenario, options) {
  const found = new Map();
  const chosen = scenario.contenders.filter((name) => options.contenders?.includes(name) ?? isHere(name));
  const isWanted = (setup) => Object.entries(options.setup).every(([name, value]) => setup[name] === value);
  for (const setup of scenario.setups(options.size, options).filter(isWanted)) {
    for (let round = 1; round <= (scenario.rounds ?? options.rounds); round += 1) {
      for (const contender of chosen) {
        for (const row of await runOne(scenario, setup, contender, options))
          keep(found, scenario, { contender, ...row, round });
      }
    }
  }
  return [...found.values()].map((row) => ({ ...row, summary: summarise(row.rounds.map(({ values }) => values)) }));
}

/** All but nchan are installed with the benchmark. */
const isHere = (name) => name !== 'nchan' || hasNchan();

async function runOne(scenario, setup, contender, options) {
  const profileTo = options.profileTo && `${options.profileTo}/${contender}`;
  if (profileTo) mkdirSync(profileTo, { recursive: true });
  try {
    return await scenario.run(setup, contender, { ...options, profileTo });
  } catch (error) {
    console.error(`  ${contender}: ${error.stack}`);
    return [{ case: JSON.stringify(setup), values: {}, faults: [error.message] }];
  }
}

function keep(found, { main }, { case: what, contender, round, values, faults }) {
  const key = `${what}|${contender}`;
  if (!found.has(key)) found.set(key, { case: what, contender, rounds: [] });
  found.get(key).rounds.push({ round, values, faults });
  tell(main, { what, contender, values, faults });
}

const short = (value) => (Number.isFinite(value) ? Number(value.toPrecision(3)) : '-');

/** The figure that the scenario is about, where it is none of those told anyway. */
const mainText = (main, values) => (/^(cpuUs|p\d)/.test(main) ? [] : [`${main} ${short(values[main])}`]);

function tell(main, { what, contender, values, faults }) {
  const cpu = Object.entries(values).filter(([name]) => name.startsWith('cpuUs.'));
  const times = ['p50', 'p99'].filter((name) => name in values).map((name) => `${name} ${short(values[name])} ms`);
  const cpuText = cpu.map(([name, value]) => `${name.slice(6)} ${short(value)}`).join(' ');
  const load = `load ${short(values.loadShare * 100)} %${values.loadShare > LOAD_LIMIT ? ' (THE BOTTLENECK)' : ''}`;
  console.log(
    `  ${contender.padEnd(10)} ${what}: ${[...mainText(main, values), `CPU µs ${cpuText}`].join(', ')}; ${[...times, load].join(', ')}`,
  );
  for (const fault of faults) console.log(`    FAULT: ${fault}`);
}
