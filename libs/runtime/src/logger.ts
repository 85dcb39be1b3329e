/**
 * Structured logs: a JSON line for each event, which has a name (docs/logs.md lists them); on a terminal lines for people.
 */
import { isatty } from 'node:tty';
import { type DestinationStream, type Logger, pino } from 'pino';
import pretty from 'pino-pretty';

export type { Logger } from 'pino';

/** Adds fields to every line, e.g. the ids of the trace under way. */
export type LogFields = () => Record<string, unknown>;

const STDOUT = 1;

const mixins: LogFields[] = [];

/** From now on every line of every logger of this process has these fields, too. */
export function addLogFields(fields: LogFields): void {
  mixins.push(fields);
}

/** A logger of one service. `level`: see `logLevel`. It writes to standard output unless it is given another place. */
export const createLogger = (
  service: string,
  level: string,
  destination: DestinationStream = standardOutput(),
): Logger =>
  pino(
    {
      level,
      base: { service, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      mixin: () => Object.assign({}, ...mixins.map((fields) => fields())) as object,
    },
    destination,
  );

/** Never pretty in a pipe, a file or an image: whoever reads there is a program. A thread's own `process.stdout` is a pipe. */
const standardOutput = (): DestinationStream => (isatty(STDOUT) ? prettyLines() : pino.destination(STDOUT));

const prettyLines = (): DestinationStream =>
  pretty({ ignore: 'pid,service,event', messageFormat: '{event}', translateTime: 'SYS:HH:MM:ss.l', sync: true });
