/** Readiness: what is missing is named, with its words and its time, and told in the log once. */
import { createLogger } from './logger';
import { Readiness } from './readiness';

let there: () => boolean | Promise<boolean>;
let told: Record<string, unknown>[];
let readiness: Readiness;
let begin: (startMs?: number) => Readiness;

beforeEach(() => {
  there = () => true;
  told = [];
  const log = createLogger('test', 'info', { write: (line: string) => told.push(JSON.parse(line) as never) });
  const needs = {
    bus: { missing: 'the bus is away', isThere: () => there() },
    rest: { missing: '', isThere: () => true },
  };
  begin = (startMs) => new Readiness(needs, log, startMs);
  readiness = begin(0);
});

afterEach(() => readiness.stop());

const events = () => told.map(({ event, check }) => [event, check]);

test('all is there', async () => {
  expect(await readiness.report()).toEqual({ status: 'ok', checks: { bus: 'ok', rest: 'ok' }, missing: [] });
  expect(told).toEqual([]);
});

test('what is missing has its name, what it means, and since when; the log tells it once, and when it is back', async () => {
  const before = new Date().toISOString();
  there = () => false;
  const first = await readiness.report();
  const second = await readiness.report();
  expect(second).toEqual({
    status: 'error',
    checks: { bus: 'error', rest: 'ok' },
    missing: [{ check: 'bus', message: 'the bus is away', since: expect.any(String) as string }],
  });
  expect(second.missing).toEqual(first.missing);
  expect(second.missing[0]!.since >= before).toBe(true);
  there = () => true;
  expect(await readiness.report()).toMatchObject({ status: 'ok', missing: [] });
  expect(events()).toEqual([
    ['check-failed', 'bus'],
    ['check-passed-again', 'bus'],
  ]);
});

test('a rejection is a no, and its reason stands in the log only', async () => {
  there = () => Promise.reject(new Error('10.0.0.7 refuses'));
  const report = await readiness.report();
  expect(report.status).toBe('error');
  expect(JSON.stringify(report)).not.toContain('10.0.0.7');
  expect(told).toEqual([
    expect.objectContaining({ err: expect.objectContaining({ message: '10.0.0.7 refuses' }) as object }),
  ]);
});

test('who does not answer in time is missing', async () => {
  there = () => new Promise(() => undefined);
  const began = performance.now();
  expect(await readiness.report()).toMatchObject({ checks: { bus: 'error', rest: 'ok' } });
  expect(performance.now() - began).toBeLessThan(3_000);
});

test('it looks by itself', async () => {
  readiness.start();
  there = () => false;
  while (told.length === 0) await new Promise((resolve) => setImmediate(resolve));
  expect(events()).toEqual([['check-failed', 'bus']]);
});

test('while a service starts, what has not been there yet is not told; what was there is', async () => {
  readiness = begin();
  there = () => false;
  expect((await readiness.report()).missing).toHaveLength(1);
  there = () => true;
  await readiness.report();
  expect(events()).toEqual([]);
  there = () => false;
  await readiness.report();
  expect(events()).toEqual([['check-failed', 'bus']]);
});
