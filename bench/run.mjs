/** Runs the scenarios one after the other, and writes what they found. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format } from 'prettier';
import { judge } from './harness/goals.mjs';
import { describeMachine } from './harness/machine.mjs';
import { runRounds } from './harness/rounds.mjs';
import { summariseProfiles, tellProfiles } from './report/profiles.mjs';

export { writeReport } from './report/report.mjs';

const RESULTS = fileURLToPath(new URL('results/', import.meta.url));

/** @returns {Promise<number>} the exit code: 1 where something that was expected did not arrive */
export async function runAll(options) {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));
  const machine = await describeMachine();
  let faults = 0;
  for (const name of options.scenarios) {
    const { default: scenario } = await import(`./scenarios/${name}.mjs`);
    console.log(`\n${scenario.title}: ${scenario.counts}`);
    const profileTo = options.profileTo && join(options.profileTo, `${name}-${Date.now()}`);
    if (profileTo) mkdirSync(profileTo, { recursive: true });
    const rows = await runRounds(scenario, { ...options, profileTo });
    const goals = judge(scenario.goals, rows);
    tellGoals(goals);
    faults += rows.flatMap((row) => row.rounds.flatMap((round) => round.faults)).length;
    if (profileTo) await keepProfiles(name, { profileTo, options });
    else await keep(name, { scenario, options, machine, rows, goals });
  }
  console.log(faults === 0 ? '\nEverything that was expected arrived.' : `\n${faults} faults; see above.`);
  return faults === 0 ? 0 : 1;
}

const short = (value) => Number(value.toPrecision(3));

function tellGoals(goals) {
  for (const { goal, case: what, ratio, min, max, met } of goals)
    console.log(`  ${met ? 'met   ' : 'MISSED'} ${goal}: ${short(ratio)} (${short(min)}–${short(max)}) for ${what}`);
}

/** A small or partial run is for looking at only: it does not take the place of a full one. */
async function keep(name, { scenario, options, machine, rows, goals }) {
  const { title, counts, main, unit, plot } = scenario;
  const isPart = options.size === 'quick' || options.contenders || Object.keys(options.setup).length > 0;
  const folder = isPart ? `${RESULTS}quick/` : RESULTS;
  mkdirSync(folder, { recursive: true });
  const { size } = options;
  const rounds = scenario.rounds ?? options.rounds;
  const result = {
    scenario: name,
    title,
    counts,
    main,
    unit,
    plot,
    at: new Date().toISOString(),
    size,
    rounds,
    machine,
    goals,
    rows,
  };
  await write(`${folder}${name}.json`, result);
}

/** Profiling takes time itself: what was measured beside it is not kept. */
async function keepProfiles(name, { profileTo, options }) {
  tellProfiles(profileTo);
  const folder = options.size === 'quick' ? `${RESULTS}quick/profiles/` : `${RESULTS}profiles/`;
  mkdirSync(folder, { recursive: true });
  const { setup } = options;
  const at = new Date().toISOString();
  await write(`${folder}${name}.json`, { scenario: name, at, setup, processes: summariseProfiles(profileTo) });
}

const write = async (file, content) =>
  writeFileSync(file, await format(JSON.stringify(content), { parser: 'json', printWidth: 120 }));
