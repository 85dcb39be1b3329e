/** What happens to the children of a process that was killed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { startGuardShell } from './guard-shell';

test('the guard ends those that are on the last list when its input ends, and then itself', async () => {
  const [early, late] = [spawn('sleep', ['600']), spawn('sleep', ['600'])];
  const ends = Promise.all([once(early, 'exit'), once(late, 'exit')]);
  const shell = startGuardShell();
  shell.stdin.write(`${early.pid}\n${late.pid} ${early.pid}\n`);
  shell.stdin.destroy();
  await expect(ends).resolves.toEqual([
    [null, 'SIGTERM'],
    [null, 'SIGTERM'],
  ]);
  await once(shell, 'exit');
});

test('the guard leaves alone those that were taken off the list', async () => {
  const child = spawn('sleep', ['600']);
  const shell = startGuardShell();
  shell.stdin.end(`${child.pid}\n\n`);
  await expect(once(shell, 'exit')).resolves.toEqual([0, null]);
  expect(child.exitCode ?? child.signalCode).toBeNull();
  child.kill();
  await once(child, 'exit');
});
