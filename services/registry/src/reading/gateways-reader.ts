/** The gateways that live. */
import { Injectable } from '@nestjs/common';
import type { Gateway } from '@wscm/contracts';
import type { GatewayDocument } from '../store/documents';
import { GatewayLeases } from '../store/gateway-leases';

@Injectable()
export class GatewaysReader {
  constructor(private readonly leases: GatewayLeases) {}

  async list(): Promise<{ items: Gateway[] }> {
    return { items: (await this.leases.living()).map(toGateway) };
  }
}

const toGateway = ({ _id, host, startedAt, connections, renewedAt }: GatewayDocument): Gateway => ({
  gatewayId: _id,
  host: host ?? '',
  startedAt: (startedAt ?? renewedAt ?? new Date(0)).toISOString(),
  connections: connections ?? 0,
  lastHeartbeat: (renewedAt ?? new Date(0)).toISOString(),
});
