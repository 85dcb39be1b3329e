/** Log lines as people read them. */
import { forPeople } from './log-line';

const base = { level: 40, time: '2026-11-23T12:54:06.120Z', service: 'gateway', pid: 7 };

test('an event is one line: time, level, name, and what belongs to it', () => {
  const line = JSON.stringify({ ...base, event: 'check-failed', check: 'nats', message: 'NATS is away', afterMs: 5 });
  expect(forPeople(line)).toBe('12:54:06.120 warn check-failed check=nats message="NATS is away" afterMs=5');
});

test('of an error the message is shown', () => {
  const err = { type: 'Error', message: 'no database', stack: 'Error: no database\n  at x' };
  expect(forPeople(JSON.stringify({ ...base, level: 50, event: 'events-not-stored', err }))).toBe(
    '12:54:06.120 error events-not-stored err="no database"',
  );
});

test.each(['Bad settings:', '{"not":"an event"}', '{broken', ''])('%j stays as it is', (line) => {
  expect(forPeople(line)).toBe(line);
});
