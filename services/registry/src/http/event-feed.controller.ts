/** The events as they happen, by Server-Sent Events. */
import { Controller, Get, Headers, Query, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Needs } from '../access/scopes';
import { EventFeed } from '../feed/event-feed';
import { ApiProblems } from './api-docs';
import { EventQueryDto } from './dtos';

/** No proxy may keep back what has come. */
const HEAD = { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' } as const;

@ApiTags('events')
@Controller('v1/events')
export class EventFeedController {
  constructor(private readonly feed: EventFeed) {}

  @Get()
  @Needs('read')
  @ApiOperation({
    summary: 'The events as they happen: Server-Sent Events, without an end',
    description:
      'Begins now, or behind `Last-Event-ID`. `gap` tells that events are gone, `overflow` that it was too slow.',
  })
  @ApiHeader({ name: 'Last-Event-ID', required: false, schema: { type: 'string', pattern: '^\\d{1,15}$' } })
  @ApiOkResponse({ content: { 'text/event-stream': { schema: { type: 'string' } } } })
  @ApiProblems('badRequest', 'unavailable')
  async listen(
    @Query() query: EventQueryDto,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    if (request.method === 'HEAD') {
      await reply.headers(HEAD).send();
      return;
    }
    await this.feed.open(query, lastEventId ?? query.lastEventId, reply.raw, () => {
      reply.hijack();
      reply.raw.writeHead(200, { ...(reply.getHeaders() as Record<string, string>), ...HEAD });
    });
  }
}
