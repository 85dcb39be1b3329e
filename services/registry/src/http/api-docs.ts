/** Decorators for what OpenAPI can't see in the code: bodies verbatim, and the problems of each request. */
import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiParam, ApiResponse } from '@nestjs/swagger';
import { contentTypes, type ProblemKind, problems } from '@wscm/contracts';

const problemSchema = {
  type: 'object',
  required: ['type', 'title', 'status'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
  },
};

export const problemContent = { 'application/problem+json': { schema: problemSchema } };

/** One response for each status; several problems may share one. */
export function ApiProblems(...kinds: ProblemKind[]): MethodDecorator {
  const statuses = [...new Set(kinds.map((kind) => problems[kind].status))];
  return applyDecorators(
    ...statuses.map((status) =>
      ApiResponse({
        status,
        description: kinds
          .filter((kind) => problems[kind].status === status)
          .map((kind) => problems[kind].title)
          .join(', or: '),
        content: problemContent,
      }),
    ),
  );
}

/** A message as body: text/* and application/json go as a text frame, application/octet-stream as binary. */
export const ApiMessage = (): MethodDecorator =>
  applyDecorators(
    ApiConsumes('text/plain', contentTypes.json, contentTypes.binary),
    ApiBody({ description: 'The message, verbatim', required: true, schema: { type: 'string' } }),
  );

export const ApiReplyId = (): MethodDecorator => ApiParam({ name: 'replyId', schema: { type: 'string' } });
