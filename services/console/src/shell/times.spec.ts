import { ago, agoToSecond, clockTime } from './times';

const NOW = Date.parse('2026-11-23T12:00:00.000Z');

it.each([
  [-5, 'just now'],
  [9, 'just now'],
  [59, '50 seconds ago'],
  [60, '1 minute ago'],
  [7199, '1 hour ago'],
  [172_800, '2 days ago'],
])('%d seconds before is %s', (seconds, text) => {
  expect(ago(new Date(NOW - seconds * 1000).toISOString(), NOW)).toBe(text);
});

it('where it matters, it is told to the second', () => {
  const told = [-1, 0, 9, 59, 60].map((seconds) => agoToSecond(new Date(NOW - seconds * 1000).toISOString(), NOW));
  expect(told).toEqual(['0 s ago', '0 s ago', '9 s ago', '59 s ago', '1 minute ago']);
});

it('the time of an event is told to the millisecond', () => {
  expect(clockTime('2026-11-23T05:07:09.045Z')).toMatch(/^\d\d:07:09[.,]045$/);
});
