/** The gateways and the registries over NATS. */
import { Controller, UseFilters } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import type { Gateway, Registries } from '@wscm/contracts';
import type { EndpointExtras } from '../transport/bus-strategy';
import { PassOnFilter } from '../transport/pass-on.filter';
import { GatewaysReader } from './gateways-reader';
import { RegistriesReader } from './registries-reader';

const endpoint = (name: string, response: string): EndpointExtras => ({ name, request: 'empty', response });

@Controller()
@UseFilters(PassOnFilter)
export class ProcessesEndpoints {
  constructor(
    private readonly gateways: GatewaysReader,
    private readonly registries: RegistriesReader,
  ) {}

  @MessagePattern('gateways.list', endpoint('gateways', '{items}'))
  listGateways(): Promise<{ items: Gateway[] }> {
    return this.gateways.list();
  }

  @MessagePattern('registries.list', endpoint('registries', '{items, consumer}'))
  listRegistries(): Promise<Registries> {
    return this.registries.list();
  }
}
