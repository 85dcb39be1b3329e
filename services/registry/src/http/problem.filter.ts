/** Every error over HTTP as `application/problem+json` (RFC 9457). */
import { STATUS_CODES } from 'node:http';
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Inject } from '@nestjs/common';
import { Problem, type ProblemDetails } from '@wscm/contracts';
import type { Logger } from '@wscm/runtime';
import type { FastifyReply } from 'fastify';
import { LOGGER } from '../tokens';
import { toProblem } from '../transport/to-problem';

const RETRY_AFTER_S = 2;

@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(@Inject(LOGGER) private readonly log: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    this.answer(error, host.switchToHttp().getResponse<FastifyReply>());
  }

  /** Also for what Fastify finds wrong before there is a route. */
  answer(error: unknown, reply: FastifyReply): void {
    const details = this.detailsOf(error);
    if (details.status === 503) void reply.header('retry-after', RETRY_AFTER_S);
    void reply.status(details.status).type('application/problem+json').send(details);
  }

  private detailsOf(error: unknown): ProblemDetails {
    const status = statusOf(error);
    if (status === 413) return new Problem('tooBig').toDetails();
    if (status !== null) return ofStatus(status, (error as Error).message);
    return toProblem(error, this.log).toDetails();
  }
}

const ofStatus = (status: number, detail: string): ProblemDetails => ({
  type: 'about:blank',
  title: STATUS_CODES[status] ?? 'Error',
  status,
  detail,
});

/** Nest's and Fastify's own errors, e.g. of a body that is too large, tell the status; of those on our side nobody is told more. */
function statusOf(error: unknown): number | null {
  const status = error instanceof HttpException ? error.getStatus() : statusIn(error);
  return typeof status === 'number' && status < 500 ? status : null;
}

const statusIn = (error: unknown): unknown =>
  error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
