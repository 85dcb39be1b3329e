/** Any error as a problem to tell a caller. What was not expected is logged, and told without its details. */
import { BusError } from '@wscm/bus';
import { Problem } from '@wscm/contracts';
import type { Logger } from '@wscm/runtime';
import { isUnavailable } from '../store/mongo-errors';

export function toProblem(error: unknown, log: Logger): Problem {
  if (error instanceof Problem) return error;
  if (isUnavailable(error)) return new Problem('unavailable', 'MongoDB is away');
  if (error instanceof BusError) return new Problem('unavailable', 'NATS is away');
  log.error({ event: 'unexpected-error', err: error });
  return new Problem('internal');
}
