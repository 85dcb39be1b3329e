/** Finds nats-server, mongod or chromium: on PATH, else fetched before, else fetched now. */
import { delimiter, join } from 'node:path';
import { type Log, silent } from '../log';
import { StartFailed } from '../start-failed';
import { cachedPath, cacheFolder, fetchIntoCache, isExecutable } from './cache';
import { FetchFailed, type FetchSettings, type ProgramName, type ServerName, type Source } from './program';
import { runBriefly } from './run-briefly';
import { SOURCES } from './sources';

/** All of it may be left out. */
export interface FindSettings {
  /** PATH, `WSCM_CACHE_DIR` and what pip needs are taken from here; the process's own if left out. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  readonly log?: Log | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly sources?: readonly Source[] | undefined;
}

/** The program is nowhere to be had; the message tells what was tried and the ways out. */
export class ProgramNotFound extends StartFailed {
  override readonly name = 'ProgramNotFound';

  constructor(
    readonly program: ProgramName,
    tried: readonly string[],
  ) {
    super([`There is no ${program} here.`, ...tried.map((line) => `  ${line}`), ...WAYS_OUT[program]].join('\n'));
  }
}

const CHECK_TIMEOUT_MS = 20_000;

/** What a program may be called on PATH, if not by its own name. */
const NAMES_ON_PATH: Readonly<Record<ProgramName, readonly string[]>> = {
  'nats-server': ['nats-server'],
  mongod: ['mongod'],
  chromium: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
};

const WAYS_OUT: Readonly<Record<ProgramName, readonly string[]>> = {
  'nats-server': waysOut('nats-server', 'NATS_URL'),
  mongod: waysOut('mongod', 'MONGODB_URL'),
  chromium: [
    'The tests of the console need one: install it, so that it is on PATH, e.g.',
    '  apt-get install --no-install-recommends chromium',
  ],
};

/**
 * Answers the path of a program that was seen to run on this machine.
 *
 * @throws {ProgramNotFound} when nothing gives one; the signal's reason when it is aborted
 */
export async function findProgram(name: ProgramName, settings: FindSettings = {}): Promise<string> {
  const { env = process.env, log = silent, signal, sources = SOURCES[name] } = settings;
  const folder = cacheFolder(env);
  const tried: string[] = [];
  const check = (file: string): Promise<boolean> => runs(file, tried, signal);
  const cached = sources.map((source) => cachedPath(folder, name, source));
  const found = await present([...placesOnPath(name, env['PATH']), ...cached]);
  for (const file of found) if (await check(file)) return file;
  for (const source of sources) {
    const file = cachedPath(folder, name, source);
    if (found.includes(file)) continue;
    if ((await fetched(file, source, tried, { env, log, signal })) && (await check(file))) return file;
  }
  throw new ProgramNotFound(name, tried);
}

function placesOnPath(name: ProgramName, path = ''): string[] {
  const folders = path.split(delimiter).filter((folder) => folder !== '');
  return NAMES_ON_PATH[name].flatMap((known) => folders.map((folder) => join(folder, known)));
}

async function present(files: readonly string[]): Promise<string[]> {
  const there = await Promise.all(files.map(isExecutable));
  return files.filter((_, index) => there[index]);
}

/** A program of another system, or one that misses a library, is no program. */
async function runs(file: string, tried: string[], signal?: AbortSignal): Promise<boolean> {
  const outcome = await runBriefly(file, ['--version'], { timeoutMs: CHECK_TIMEOUT_MS, signal });
  if (!outcome.ok) tried.push(`${file} does not run: ${outcome.reason}`);
  return outcome.ok;
}

async function fetched(file: string, source: Source, tried: string[], settings: FetchSettings): Promise<boolean> {
  try {
    await fetchIntoCache(file, source, settings);
    return true;
  } catch (error) {
    if (!(error instanceof FetchFailed)) throw error;
    tried.push(`${source.title}: ${error.message}`);
    return false;
  }
}

function waysOut(program: ServerName, variable: string): string[] {
  return [
    'Three ways out:',
    `  set ${variable} to a server that runs already`,
    `  install ${program}, so that it is on PATH`,
    '  run everything in containers: docker compose up',
  ];
}
