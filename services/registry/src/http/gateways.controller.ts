/** The gateways over REST. */
import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Gateway } from '@wscm/contracts';
import { Needs } from '../access/scopes';
import { GatewaysReader } from '../reading/gateways-reader';
import { ApiProblems } from './api-docs';
import { GatewaysDto } from './dtos';

@ApiTags('gateways')
@Controller('v1/gateways')
export class GatewaysController {
  constructor(private readonly gateways: GatewaysReader) {}

  @Get()
  @Needs('read')
  @ApiOperation({ summary: 'Lists the gateways that live' })
  @ApiOkResponse({ type: GatewaysDto })
  @ApiProblems('unavailable')
  list(): Promise<{ items: Gateway[] }> {
    return this.gateways.list();
  }
}
