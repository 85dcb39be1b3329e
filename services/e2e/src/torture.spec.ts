/** Two minutes of faults at random, by a seed that stays the same. `npm run torture` runs longer, and with other seeds. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { REPO_ROOT } from '@wscm/system';

const MAIN = join(REPO_ROOT, 'services/torture/dist/main.js');

it('loses nothing, whatever is killed, frozen, cut off or deleted', async () => {
  const run = spawn(process.execPath, [MAIN, '--minutes', '2', '--seed', '1', '--clients', '60'], { stdio: 'pipe' });
  let said = '';
  for (const stream of [run.stdout, run.stderr]) stream.on('data', (text: Buffer) => (said += text.toString()));
  const [code] = (await once(run, 'close')) as [number | null];
  if (code !== 0) throw new Error(said);
  expect(said).toMatch(/round 1: .* all exact/);
  expect(said).toMatch(/nothing was lost/);
}, 420_000);
