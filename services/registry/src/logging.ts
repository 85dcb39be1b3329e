/** Nest's own log lines, as structured as ours. */
import type { LoggerService } from '@nestjs/common';
import type { Logger } from '@wscm/runtime';

export const nestLogger = (log: Logger): LoggerService => ({
  log: (message: unknown, context: unknown) => log.debug({ event: 'nest', context, message }),
  warn: (message: unknown, context: unknown) => log.warn({ event: 'nest', context, message }),
  error: (message: unknown, ...rest: unknown[]) => log.error({ event: 'nest', message, context: rest }),
});
