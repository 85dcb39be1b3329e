/** The registries over REST. */
import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Registries } from '@wscm/contracts';
import { Needs } from '../access/scopes';
import { RegistriesReader } from '../reading/registries-reader';
import { RegistriesDto } from './dtos';

@ApiTags('registries')
@Controller('v1/registries')
export class RegistriesController {
  constructor(private readonly registries: RegistriesReader) {}

  @Get()
  @Needs('read')
  @ApiOperation({ summary: 'Lists the registries that live, and how far they are behind' })
  @ApiOkResponse({ type: RegistriesDto })
  list(): Promise<Registries> {
    return this.registries.list();
  }
}
