/** Where gateways renew and release their leases. */
import { Controller, UseFilters } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { type LeaseAnswer, leaseReleaseSchema, leaseRenewalSchema } from '@wscm/contracts';
import { GatewayLeases } from '../store/gateway-leases';
import type { EndpointExtras, EndpointRequest } from '../transport/bus-strategy';
import { jsonPayload } from '../transport/json-payload';
import { PassOnFilter } from '../transport/pass-on.filter';

const RENEW: EndpointExtras = { name: 'renew-lease', request: 'from gateways only', response: '{result}' };
const RELEASE: EndpointExtras = { ...RENEW, name: 'release-lease' };

@Controller()
@UseFilters(PassOnFilter)
export class LeasesEndpoints {
  /** By gateway and epoch. */
  private readonly underWay = new Map<string, Promise<LeaseAnswer>>();

  constructor(private readonly leases: GatewayLeases) {}

  /** A gateway asks again where MongoDB is slow; that must not make it slower. */
  @MessagePattern('leases.renew', RENEW)
  renew(@Payload() { data }: EndpointRequest): Promise<LeaseAnswer> {
    const renewal = jsonPayload(leaseRenewalSchema, data);
    const which = `${renewal.gatewayId} ${renewal.epoch}`;
    const renewed = this.underWay.get(which) ?? this.leases.renew(renewal).finally(() => this.underWay.delete(which));
    this.underWay.set(which, renewed);
    return renewed;
  }

  @MessagePattern('leases.release', RELEASE)
  async release(@Payload() { data }: EndpointRequest): Promise<{ result: 'released' }> {
    await this.leases.release(jsonPayload(leaseReleaseSchema, data));
    return { result: 'released' };
  }
}
