/** Whether all that is to be published in a turn can go out in one write. */
import { setImmediate } from 'node:timers/promises';
import { Turn } from './turn';

test('works run at the end of the turn, in order, with nothing in between', async () => {
  const turn = new Turn();
  const seen: string[] = [];
  for (const name of ['a', 'b', 'c'])
    turn.atEnd(() => {
      seen.push(name);
      queueMicrotask(() => seen.push(`after ${name}`));
    });
  await Promise.resolve();
  expect(seen).toEqual([]);
  await setImmediate();
  expect(seen).toEqual(['a', 'b', 'c', 'after a', 'after b', 'after c']);
});

test('what a work asks for comes at the end of the next turn', async () => {
  const turn = new Turn();
  const seen: string[] = [];
  turn.atEnd(() => {
    seen.push('first');
    turn.atEnd(() => seen.push('second'));
  });
  turn.endNow();
  expect(seen).toEqual(['first']);
  await setImmediate();
  await setImmediate();
  expect(seen).toEqual(['first', 'second']);
});
