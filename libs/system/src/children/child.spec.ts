/** Children end when they are told to, one way or another. */
import { once } from 'node:events';
import { startChild } from './child';

const output = (): void => undefined;
const DEAF = 'trap "" TERM; echo up; while :; do sleep 0.1; done';

test('a program that does not exist is an error at once', async () => {
  await expect(startChild('/no/such/program', [], { output })).rejects.toThrow('ENOENT');
});

test('stop asks a child to end', async () => {
  const child = await startChild('sleep', ['600'], { output });
  await expect(child.stop()).resolves.toEqual({ code: null, signal: 'SIGTERM' });
  expect(child.exit()).toEqual({ code: null, signal: 'SIGTERM' });
});

test('stop kills a child that does not end before the deadline', async () => {
  const said: Promise<unknown>[] = [];
  const child = await startChild('sh', ['-c', DEAF], { output: (stdout) => said.push(once(stdout, 'data')) });
  await Promise.all(said);
  await expect(child.stop('SIGTERM', 100)).resolves.toEqual({ code: null, signal: 'SIGKILL' });
});

test('stop and kill of a child that has ended change nothing', async () => {
  const child = await startChild('true', [], { output });
  await child.exited;
  await expect(child.stop()).resolves.toEqual({ code: 0, signal: null });
  await expect(child.kill()).resolves.toEqual({ code: 0, signal: null });
});
