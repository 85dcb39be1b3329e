/** The clients over REST. */
import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBody, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  type BroadcastResult,
  bulkSendRequestSchema,
  type BulkSendResult,
  type Client,
  type ClientCount,
  type ClientPage,
  type SendResult,
} from '@wscm/contracts';
import { Needs } from '../access/scopes';
import { BulkSender } from '../downlink/bulk-sender';
import { Commander } from '../downlink/commander';
import { frameOfRequest, jsonOfRequest } from '../downlink/frame-of-request';
import { ClientsReader } from '../reading/clients-reader';
import { ApiMessage, ApiProblems, ApiReplyId } from './api-docs';
import {
  BroadcastResultDto,
  BulkSendRequestDto,
  BulkSendResultDto,
  ClientCountDto,
  ClientDto,
  ClientFiltersDto,
  ClientListQueryDto,
  ClientPageDto,
  DisconnectRequestDto,
  SendResultDto,
} from './dtos';

@ApiTags('clients')
@Controller('v1')
export class ClientsController {
  constructor(
    private readonly clients: ClientsReader,
    private readonly commander: Commander,
    private readonly bulk: BulkSender,
  ) {}

  @Get('clients')
  @Needs('read')
  @ApiOperation({ summary: 'Lists the clients that are connected, a page at a time' })
  @ApiOkResponse({ type: ClientPageDto })
  @ApiProblems('badRequest', 'unavailable')
  list(@Query() query: ClientListQueryDto): Promise<ClientPage> {
    return this.clients.list(query);
  }

  @Get('clients/count')
  @Needs('read')
  @ApiOperation({ summary: 'Counts the clients that are connected' })
  @ApiOkResponse({ type: ClientCountDto })
  @ApiProblems('badRequest', 'unavailable')
  count(@Query() filters: ClientFiltersDto): Promise<ClientCount> {
    return this.clients.count(filters);
  }

  @Get('clients/:replyId')
  @Needs('read')
  @ApiOperation({ summary: 'Everything known of one client' })
  @ApiReplyId()
  @ApiOkResponse({ type: ClientDto })
  @ApiProblems('notFound', 'unavailable')
  get(@Param('replyId') replyId: string): Promise<Client> {
    return this.clients.get(replyId);
  }

  @Post('clients/:replyId/messages')
  @Needs('send')
  @HttpCode(200)
  @ApiOperation({ summary: 'Sends one message to one client, verbatim' })
  @ApiReplyId()
  @ApiMessage()
  @ApiOkResponse({ type: SendResultDto })
  @ApiProblems('badRequest', 'notFound', 'gone', 'tooBig', 'unsupportedMediaType', 'gatewayUnreachable')
  send(
    @Param('replyId') replyId: string,
    @Headers('content-type') contentType: string | undefined,
    @Body() body: Buffer | undefined,
  ): Promise<SendResult> {
    return this.commander.send(replyId, frameOfRequest(contentType, body));
  }

  @Post('messages')
  @Needs('send')
  @HttpCode(200)
  @ApiOperation({ summary: 'Sends messages to many clients, and tells of each what became of it' })
  @ApiBody({ type: BulkSendRequestDto })
  @ApiOkResponse({ type: BulkSendResultDto })
  @ApiProblems('badRequest', 'tooBig', 'unsupportedMediaType')
  bulkSend(
    @Headers('content-type') contentType: string | undefined,
    @Body() body: Buffer | undefined,
  ): Promise<BulkSendResult> {
    return this.bulk.send(jsonOfRequest(bulkSendRequestSchema, contentType, body));
  }

  @Delete('clients/:replyId')
  @Needs('admin')
  @HttpCode(204)
  @ApiOperation({ summary: 'Closes one client’s connection' })
  @ApiReplyId()
  @ApiNoContentResponse()
  @ApiProblems('badRequest', 'notFound', 'gone', 'gatewayUnreachable')
  async disconnect(@Param('replyId') replyId: string, @Query() request: DisconnectRequestDto): Promise<void> {
    await this.commander.disconnect(replyId, request);
  }

  @Post('broadcast')
  @Needs('send')
  @HttpCode(200)
  @ApiOperation({ summary: 'Sends one message to every client, verbatim' })
  @ApiMessage()
  @ApiOkResponse({ type: BroadcastResultDto })
  @ApiProblems('badRequest', 'tooBig', 'unsupportedMediaType', 'unavailable')
  broadcast(
    @Headers('content-type') contentType: string | undefined,
    @Body() body: Buffer | undefined,
  ): Promise<BroadcastResult> {
    return this.commander.broadcast(frameOfRequest(contentType, body));
  }
}
