/** The gateways that live. */
import { Injectable } from '@nestjs/common';
import type { Gateway } from '@wscm/contracts';
import { GatewayLeases, type LeaseDocument } from '../store/gateway-leases';

@Injectable()
export class GatewaysReader {
  constructor(private readonly leases: GatewayLeases) {}

  async list(): Promise<{ items: Gateway[] }> {
    return { items: (await this.leases.living()).map(toGateway) };
  }
}

const toGateway = (gateway: LeaseDocument): Gateway => ({
  gatewayId: gateway._id,
  host: gateway.host ?? '',
  startedAt: (gateway.startedAt ?? gateway.renewedAt ?? new Date(0)).toISOString(),
  connections: gateway.connections ?? 0,
  connects: gateway.connects ?? null,
  disconnects: gateway.disconnects ?? null,
  messagesFromClients: gateway.messagesFromClients ?? null,
  messagesToClients: gateway.messagesToClients ?? null,
  lastHeartbeat: (gateway.renewedAt ?? new Date(0)).toISOString(),
});
