/** Whether the broken builds still fit to the code that they break. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { REPO_ROOT } from '@wscm/system';
import { brokenBuilds } from './broken-builds';

test.each(Object.entries(brokenBuilds))('%s changes one place, and leaves a program', (_, { file, text, instead }) => {
  const source = readFileSync(join(REPO_ROOT, file), 'utf8');
  expect(source.split(text)).toHaveLength(2);
  const broken = source.replace(text, () => instead);
  expect(() => new Script(`(function (exports, require, module) {${broken}\n})`)).not.toThrow();
});
