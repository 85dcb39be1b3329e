/** What counts as a change of a file, and what becomes of it. */
import { rename, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually, scratchFolder, type Scratch } from '@wscm/testing';
import { onChange, reloading } from './watched-file';

let scratch: Scratch;
beforeEach(async () => (scratch = await scratchFolder()));
afterEach(() => scratch.remove());

const LONG_AGO = new Date(1_000_000_000_000);

/** Each of them at once, since a change is seen after seconds. */
const CHANGES: Record<string, (file: string) => Promise<unknown>> = {
  'the same length, written anew': (file) => writeFile(file, 'two'),
  'the same length and time, another file': async (file) => {
    await writeFile(`${file}.new`, 'two');
    await utimes(`${file}.new`, LONG_AGO, LONG_AGO);
    await rename(`${file}.new`, file);
  },
  'the same time, another length': async (file) => {
    await writeFile(file, 'three');
    await utimes(file, LONG_AGO, LONG_AGO);
  },
};
const NO_CHANGES: typeof CHANGES = {
  'read only': (file) => utimes(file, new Date(), LONG_AGO),
};

test('a change of time, length or file is one; that it was read is none, and nobody is told who asked no more', async () => {
  const told: string[] = [];
  const changes = { ...NO_CHANGES, ...CHANGES };
  const ends: (() => void)[] = [];
  for (const name of Object.keys(changes)) {
    const file = join(scratch.path, name);
    await writeFile(file, 'one');
    await utimes(file, LONG_AGO, LONG_AGO);
    const other = join(scratch.path, 'other');
    ends.push(onChange([other, file], () => told.push(name)));
    onChange([file], () => told.push('who asked no more'))();
  }
  for (const name of Object.keys(changes))
    expect((await stat(join(scratch.path, name))).mtimeMs).toBe(LONG_AGO.getTime());
  for (const [name, change] of Object.entries(changes)) await change(join(scratch.path, name));
  await eventually(() => expect([...told].sort()).toEqual(Object.keys(CHANGES).sort()));
  for (const end of ends) end();
});

test('what can’t be taken up is told, and thrown at nobody', () => {
  const told: unknown[] = [];
  const onReload = (...given: unknown[]) => told.push(given);
  const fault = new Error('broken');
  reloading('GOOD', () => undefined, onReload);
  reloading(
    'BROKEN',
    () => {
      throw fault;
    },
    onReload,
  );
  expect(told).toEqual([['GOOD'], ['BROKEN', fault]]);
});
