/** `npm run torture`: faults at random against a real system, and proof that nothing was lost. See docs/guarantees.md. */
import { createWriteStream } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { REPO_ROOT } from '@wscm/system';
import { brokenBuildEnv, brokenBuilds } from './broken-builds';
import { faults } from './faults';
import { Site } from './site/site';
import { type Report, Torture } from './torture';

/** Short, so that leases run out often. */
const LEASE_TTL_MS = 4_000;
const MOST_VIOLATIONS_SHOWN = 20;

const HELP = `npm run torture -- [options]    faults at random against a system of its own; every document compared

  --minutes N       rounds begin for so long (2)
  --seed N          what is drawn; another seed draws other faults (by the clock)
  --clients N       clients at a time (120)
  --gateways N      (3)
  --registries N    (2)
  --only NAME       only this fault; may be given several times
  --broken NAME     breaks the build on purpose, so that the checker must find it: ${Object.keys(brokenBuilds).join(', ')}
  --help

Faults: ${faults.map(({ name }) => name).join(', ')}`;

function readOptions(args: string[]) {
  const text = (value: string) => ({ type: 'string', default: value }) as const;
  const { values } = parseArgs({
    args,
    options: {
      ...{ minutes: text('2'), seed: text(String(Date.now() % 1_000_000)), clients: text('120') },
      ...{ gateways: text('3'), registries: text('2') },
      only: { type: 'string', multiple: true, default: [] },
      broken: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const numbers = ['minutes', 'seed', 'clients', 'gateways', 'registries'] as const;
  for (const name of numbers)
    if (!(Number(values[name]) > 0)) throw new RangeError(`--${name} must be a number above 0, not "${values[name]}"`);
  const unknown = values.only.find((each) => !faults.some(({ name }) => name === each));
  if (unknown !== undefined) throw new RangeError(`no fault is called "${unknown}"; --help shows them`);
  if (values.broken !== undefined && !(values.broken in brokenBuilds))
    throw new RangeError(`no broken build is called "${values.broken}"; --help shows them`);
  return values;
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    console.log(HELP);
    return 0;
  }
  const seed = Number(options.seed);
  const folder = join(REPO_ROOT, '.data', `torture-${seed}-${process.pid}`);
  await mkdir(folder, { recursive: true });
  const log = createWriteStream(join(folder, 'replicas.log'));
  const started = Date.now();
  const tell = (line: string) => {
    const seconds = ((Date.now() - started) / 1000).toFixed(1).padStart(7);
    console.log(`${seconds} ${line}`);
    log.write(`${JSON.stringify({ time: Date.now(), torture: line })}\n`);
  };
  tell(`seed ${seed}, ${options.minutes} minutes${options.broken ? `, broken on purpose: ${options.broken}` : ''}`);
  const site = await Site.start({
    ...{ folder, gateways: Number(options.gateways), registries: Number(options.registries) },
    log: (line) => log.write(`${line}\n`),
    env: { ...environment(), ...brokenBuildEnv(options.broken) },
  });
  const { minutes, clients, only } = options;
  const parts = {
    site,
    seed,
    minutes: Number(minutes),
    clients: Number(clients),
    only,
    leaseTtlMs: LEASE_TTL_MS,
    tell,
  };
  const report = await new Torture(parts).run().finally(() => site.stop());
  await writeFile(join(folder, 'report.json'), JSON.stringify(report, undefined, 2));
  show(report, tell);
  if (report.violations.length > 0) {
    tell(`what replicas said is in ${join(folder, 'replicas.log')}`);
    await finished(log.end());
    return 1;
  }
  await rm(folder, { recursive: true });
  return 0;
}

const environment = (): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  HOME: process.env['HOME'],
  LEASE_TTL_MS: String(LEASE_TTL_MS),
  MAX_BACKPRESSURE_BYTES: '262144',
  // The least there is, so that tombstones are swept under way.
  TOMBSTONE_TTL_S: '120',
  LOG_LEVEL: 'info',
});

function show({ violations, ...report }: Report, tell: (line: string) => void): void {
  tell(JSON.stringify(report));
  for (const { promise, about, seen } of violations.slice(0, MOST_VIOLATIONS_SHOWN))
    tell(`${promise}: ${about}: ${seen}`);
  tell(violations.length === 0 ? 'nothing was lost' : `${violations.length} violations`);
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof RangeError ? error.message : error);
    process.exit(1);
  },
);
