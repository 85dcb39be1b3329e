/** Log lines: JSON of one event each, with the fields that others add. */
import { addLogFields, createLogger } from './logger';

const lines: Record<string, unknown>[] = [];
const destination = { write: (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>) };

test('a line is JSON with its event, the service, and the time in ISO 8601', () => {
  createLogger('gateway', 'info', destination).warn({ event: 'nats-disconnected' });
  expect(lines.pop()).toEqual({
    ...{ level: 40, service: 'gateway', pid: process.pid, event: 'nats-disconnected' },
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
  });
});

test('lines below the level are not written', () => {
  createLogger('gateway', 'warn', destination).info({ event: 'reloaded' });
  expect(lines).toEqual([]);
});

test('fields that are added are in every line, of loggers made before, too', () => {
  const log = createLogger('registry', 'info', destination);
  addLogFields(() => ({ traceId: 'a1' }));
  log.info({ event: 'reloaded' });
  expect(lines.pop()).toMatchObject({ event: 'reloaded', traceId: 'a1' });
});
