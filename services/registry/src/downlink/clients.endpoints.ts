/** The clients over NATS: the endpoints of the service. */
import { Controller, UseFilters } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { Bus } from '@wscm/bus';
import {
  type BroadcastResult,
  bulkSendRequestSchema,
  type BulkSendResult,
  type Client,
  type ClientCount,
  clientFiltersSchema,
  clientListQuerySchema,
  type ClientPage,
  disconnectRequestSchema,
  type DisconnectResult,
  type Frame,
  frameTypeOf,
  type SendResult,
} from '@wscm/contracts';
import { ClientsReader } from '../reading/clients-reader';
import type { EndpointExtras, EndpointRequest } from '../transport/bus-strategy';
import { jsonPayload } from '../transport/json-payload';
import { PassOnFilter } from '../transport/pass-on.filter';
import { BulkSender } from './bulk-sender';
import { Commander } from './commander';

const MESSAGE = 'the message, verbatim; header content-type: application/octet-stream makes it binary';
const FILTERS = 'gatewayId, path, user, remoteAddress';

/** What a page has beside its clients: the cursor. */
const PAGE_RESERVE_BYTES = 1_024;

const endpoint = (name: string, request: string, response: string): EndpointExtras => ({ name, request, response });

@Controller()
@UseFilters(PassOnFilter)
export class ClientsEndpoints {
  constructor(
    private readonly bus: Bus,
    private readonly clients: ClientsReader,
    private readonly commander: Commander,
    private readonly bulk: BulkSender,
  ) {}

  @MessagePattern('clients.list', endpoint('list', `empty, or {limit, cursor, sort, ${FILTERS}}`, '{items, next}'))
  list(@Payload() { data }: EndpointRequest): Promise<ClientPage> {
    return this.clients.list(jsonPayload(clientListQuerySchema, data), this.bus.maxBytes - PAGE_RESERVE_BYTES);
  }

  @MessagePattern('clients.count', endpoint('count', `empty, or {${FILTERS}}`, '{count}'))
  count(@Payload() { data }: EndpointRequest): Promise<ClientCount> {
    return this.clients.count(jsonPayload(clientFiltersSchema, data));
  }

  @MessagePattern('clients.get.>', endpoint('get', 'empty', 'the client'))
  get(@Payload() { argument }: EndpointRequest): Promise<Client> {
    return this.clients.get(argument, this.bus.maxBytes);
  }

  @MessagePattern('clients.send.>', endpoint('send', MESSAGE, '{result}'))
  send(@Payload() request: EndpointRequest): Promise<SendResult> {
    return this.commander.send(request.argument, frameOf(request));
  }

  @MessagePattern('clients.send', endpoint('bulk-send', '{messages: [{to, type, message}]}', '{results}'))
  bulkSend(@Payload() { data }: EndpointRequest): Promise<BulkSendResult> {
    return this.bulk.send(jsonPayload(bulkSendRequestSchema, data));
  }

  @MessagePattern('clients.broadcast', endpoint('broadcast', MESSAGE, '{delivered, dropped, gateways, unreachable}'))
  broadcast(@Payload() request: EndpointRequest): Promise<BroadcastResult> {
    return this.commander.broadcast(frameOf(request));
  }

  @MessagePattern('clients.disconnect.>', endpoint('disconnect', 'empty, or {code, reason}', '{result}'))
  disconnect(@Payload() { argument, data }: EndpointRequest): Promise<DisconnectResult> {
    return this.commander.disconnect(argument, jsonPayload(disconnectRequestSchema, data));
  }
}

const frameOf = ({ data, header }: EndpointRequest): Frame => ({ type: frameTypeOf(header('content-type')), data });
