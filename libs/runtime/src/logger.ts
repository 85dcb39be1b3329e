/** Structured logs: JSON lines on standard output, one event name each. */
import { pino, type Logger } from 'pino';

export type { Logger } from 'pino';

/** A logger of one service. `level`: see `logLevel`. */
export const createLogger = (service: string, level: string): Logger =>
  pino({ level, base: { service, pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime });
