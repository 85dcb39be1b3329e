/** What is due at some second. */
import { Deadlines, secondOf } from './deadlines';

beforeEach(() => jest.useFakeTimers({ now: 1_800_000_000_250 }));
afterEach(() => jest.useRealTimers());

const NOW = 1_800_000_000;

test('is due in its second, and not before', () => {
  const due: string[] = [];
  const deadlines = new Deadlines<string>((item) => due.push(item));
  deadlines.add('two', NOW + 2);
  deadlines.add('one', NOW + 1);
  deadlines.add('also two', NOW + 2);
  jest.advanceTimersByTime(749);
  expect(due).toEqual([]);
  jest.advanceTimersByTime(1);
  expect(due).toEqual(['one']);
  jest.advanceTimersByTime(1_000);
  expect(due).toEqual(['one', 'two', 'also two']);
  expect(jest.getTimerCount()).toBe(0);
});

test('that is further away than a timer goes is not due at once', () => {
  const due: string[] = [];
  const deadlines = new Deadlines<string>((item) => due.push(item));
  deadlines.add('in a year', NOW + 31_536_000);
  jest.advanceTimersByTime(60_000);
  expect(due).toEqual([]);
  jest.setSystemTime((NOW + 31_535_999) * 1_000);
  jest.advanceTimersByTime(2_000);
  expect(due).toEqual(['in a year']);
});

test('that is past is due at the next', () => {
  const due: string[] = [];
  new Deadlines<string>((item) => due.push(item)).add('past', NOW - 100);
  jest.advanceTimersByTime(750);
  expect(due).toEqual(['past']);
});

test('is not due where it was deleted, and leaves no timer', () => {
  const deadlines = new Deadlines<string>(() => undefined);
  deadlines.add('a', NOW + 5);
  deadlines.add('b', NOW + 5);
  expect(deadlines.size).toBe(2);
  deadlines.delete('a', NOW + 5);
  deadlines.delete('b', NOW + 5);
  deadlines.delete('never there', NOW + 7);
  expect([deadlines.size, jest.getTimerCount()]).toEqual([0, 0]);
});

test('is due all the same where others of that second, or all of another one, were deleted', () => {
  const due: string[] = [];
  const deadlines = new Deadlines<string>((item) => due.push(item));
  deadlines.add('stays', NOW + 2);
  for (const second of [NOW + 2, NOW + 1]) {
    deadlines.add('leaves', second);
    deadlines.delete('leaves', second);
  }
  jest.advanceTimersByTime(2_000);
  expect(due).toEqual(['stays']);
});

test.each([
  [1_000, 1],
  [1_001, 2],
  [999, 1],
])('%i ms are over with second %i', (time, second) => {
  expect(secondOf(time)).toBe(second);
});
