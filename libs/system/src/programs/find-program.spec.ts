/** Where a program is taken from, and what is said when there is none. */
import { access, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram, ProgramNotFound } from './find-program';
import { FetchFailed, type Source } from './program';

const GOOD = '#!/bin/sh\nexit 0\n';
const BROKEN = '#!/bin/sh\necho "missing library libx.so" >&2\nexit 127\n';

let folder: string;
let env: NodeJS.ProcessEnv;
let cache: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'find-program-'));
  cache = join(folder, 'cache');
  env = { PATH: [join(folder, 'first'), join(folder, 'second')].join(':'), WSCM_CACHE_DIR: cache };
});

afterEach(() => rm(folder, { recursive: true }));

async function put(place: string, script = GOOD): Promise<string> {
  const file = join(folder, place, 'mongod');
  await mkdir(join(folder, place), { recursive: true });
  await writeFile(file, script, { mode: 0o755 });
  return file;
}

const source = (id: string, fetch: Source['fetch']): Source => ({ id, title: `source ${id}`, fetch });
const giving = (id: string, script = GOOD): Source => source(id, (file) => writeFile(file, script));
const failing = (id: string): Source => source(id, () => Promise.reject(new FetchFailed('is not for this machine')));
const forbidden = source('forbidden', () => Promise.reject(new Error('must not be fetched')));

test('the program on PATH comes before one that was fetched', async () => {
  await put('cache/forbidden');
  const onPath = await put('second');
  await expect(findProgram('mongod', { env, sources: [forbidden] })).resolves.toBe(onPath);
});

test('a program on PATH that does not run is passed over', async () => {
  await put('first', BROKEN);
  const good = await put('second');
  await expect(findProgram('mongod', { env, sources: [forbidden] })).resolves.toBe(good);
});

test('what was fetched before, from any source, is not fetched again', async () => {
  const fetched = await put('cache/later');
  const sources = [forbidden, giving('later')];
  await expect(findProgram('mongod', { env, sources })).resolves.toBe(fetched);
});

test('the first source that can give the program gives it', async () => {
  const sources = [failing('one'), giving('two', BROKEN), giving('three'), forbidden];
  await expect(findProgram('mongod', { env, sources })).resolves.toBe(join(cache, 'three', 'mongod'));
});

test('without any, one message says what was tried and the three ways out', async () => {
  await put('first', BROKEN);
  const error = await findProgram('mongod', { env, sources: [failing('one')] }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ProgramNotFound);
  expect((error as ProgramNotFound).message.split('\n')).toEqual([
    'There is no mongod here.',
    expect.stringMatching(/first\/mongod does not run: missing library libx\.so$/),
    '  source one: is not for this machine',
    'Three ways out:',
    '  set MONGODB_URL to a server that runs already',
    '  install mongod, so that it is on PATH',
    '  run everything in containers: docker compose up',
  ]);
});

test('a fetch that is cut off leaves nothing in the cache', async () => {
  const cutOff = source('half', async (file) => {
    await writeFile(file, 'half a pro');
    throw new FetchFailed('the line was cut');
  });
  await expect(findProgram('mongod', { env, sources: [cutOff] })).rejects.toThrow('the line was cut');
  await expect(readdir(cache)).resolves.toEqual([]);
});

test('several that fetch at the same time all get the one whole program', async () => {
  const meet = barrier(3);
  const slow = source('slow', async (file) => {
    await meet();
    await writeFile(file, GOOD);
  });
  const find = (): Promise<string> => findProgram('mongod', { env, sources: [slow] });
  const found = await Promise.all([find(), find(), find()]);
  expect(new Set(found)).toEqual(new Set([join(cache, 'slow', 'mongod')]));
  await expect(access(found[0])).resolves.toBeUndefined();
  await expect(readdir(cache)).resolves.toEqual(['slow']);
});

/** Lets nobody pass until all have come. */
function barrier(count: number): () => Promise<void> {
  let open: () => void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  let missing = count;
  return () => {
    missing -= 1;
    if (missing === 0) open();
    return opened;
  };
}

test('a browser may have several names, and one message says how to get one', async () => {
  const chrome = join(folder, 'first', 'google-chrome');
  await mkdir(join(folder, 'first'));
  await writeFile(chrome, GOOD, { mode: 0o755 });
  await expect(findProgram('chromium', { env, sources: [forbidden] })).resolves.toBe(chrome);
  await rm(chrome);
  await expect(findProgram('chromium', { env, sources: [failing('one')] })).rejects.toThrow(
    [
      'There is no chromium here.',
      '  source one: is not for this machine',
      'The tests of the console need one: install it, so that it is on PATH, e.g.',
      '  apt-get install --no-install-recommends chromium',
    ].join('\n'),
  );
});
