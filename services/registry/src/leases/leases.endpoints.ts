/** Where gateways renew and release their leases. */
import { setTimeout } from 'node:timers/promises';
import { Controller, Inject, UseFilters } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { type LeaseAnswer, leaseReleaseSchema, leaseRenewalSchema, Problem } from '@wscm/contracts';
import type { Settings } from '../settings';
import { GatewayLeases } from '../store/gateway-leases';
import type { EndpointExtras, EndpointRequest } from '../transport/bus-strategy';
import { jsonPayload } from '../transport/json-payload';
import { PassOnFilter } from '../transport/pass-on.filter';
import { SETTINGS } from '../tokens';

/** A gateway waits for an answer a quarter of a term. */
const ANSWERS_PER_TERM = 8;

const RENEW: EndpointExtras = { name: 'renew-lease', request: 'from gateways only', response: '{result}' };
const RELEASE: EndpointExtras = { ...RENEW, name: 'release-lease' };

@Controller()
@UseFilters(PassOnFilter)
export class LeasesEndpoints {
  /** By gateway and epoch. */
  private readonly underWay = new Map<string, Promise<LeaseAnswer>>();

  constructor(
    private readonly leases: GatewayLeases,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'LEASE_TTL_MS'>,
  ) {}

  /** A gateway asks again where MongoDB is slow; that must not make it slower. */
  @MessagePattern('leases.renew', RENEW)
  renew(@Payload() { data }: EndpointRequest): Promise<LeaseAnswer> {
    const renewal = jsonPayload(leaseRenewalSchema, data);
    const which = `${renewal.gatewayId} ${renewal.epoch}`;
    const renewed = this.underWay.get(which) ?? this.leases.renew(renewal).finally(() => this.underWay.delete(which));
    this.underWay.set(which, renewed);
    return this.inTime(renewed);
  }

  /** A gateway goes on while it hears that a lease can't be renewed now, so it must hear it in time. */
  private async inTime<T>(work: Promise<T>): Promise<T> {
    const done = new AbortController();
    const late = setTimeout(this.settings.LEASE_TTL_MS / ANSWERS_PER_TERM, null, { signal: done.signal });
    try {
      return await Promise.race([
        work,
        late.then(() => {
          throw new Problem('unavailable', 'MongoDB does not answer in time');
        }),
      ]);
    } finally {
      done.abort();
    }
  }

  @MessagePattern('leases.release', RELEASE)
  async release(@Payload() { data }: EndpointRequest): Promise<{ result: 'released' }> {
    await this.leases.release(jsonPayload(leaseReleaseSchema, data));
    return { result: 'released' };
  }
}
