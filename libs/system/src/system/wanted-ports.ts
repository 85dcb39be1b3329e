/** Which ports the system is going to take, each with the variable that moves it. */
import type { ReplicaKind } from './replica';
import type { SystemSettings } from './settings';
import type { WantedPort } from './taken-ports';

/** Servers that the system starts itself are reached from this machine only. */
const SERVER_HOST = '127.0.0.1';

/** Everything that will be listened on when so many replicas are started. */
export function wantedPorts(settings: SystemSettings, counts: Readonly<Record<ReplicaKind, number>>): WantedPort[] {
  const each = (kind: ReplicaKind): WantedPort[] =>
    Array.from({ length: counts[kind] }, (_, index) => ownPort(settings, kind, index));
  return [sharedPort(settings), ...each('gateway'), ...each('registry'), ...serverPorts(settings)];
}

/** The port that all gateways share. */
export function sharedPort({ ports, host }: SystemSettings): WantedPort {
  return { port: ports.GATEWAY_PORT, host, variable: 'GATEWAY_PORT', owner: 'WebSocket' };
}

/** The port of the replica that is `index` places after the first of its kind. */
export function ownPort({ ports, host }: SystemSettings, kind: ReplicaKind, index: number): WantedPort {
  const variable = kind === 'gateway' ? 'GATEWAY_ADMIN_PORT' : 'REGISTRY_PORT';
  const port = ports[variable] === 0 ? 0 : ports[variable] + index;
  return { port, host, variable, owner: `${kind}-${index + 1}` };
}

function serverPorts({ ports, natsUrl, mongodbUrl }: SystemSettings): WantedPort[] {
  const nats = { port: ports.NATS_PORT, host: SERVER_HOST, variable: 'NATS_PORT', owner: 'nats-server' } as const;
  const mongo = { port: ports.MONGODB_PORT, host: SERVER_HOST, variable: 'MONGODB_PORT', owner: 'mongod' } as const;
  return [...(natsUrl ? [] : [nats]), ...(mongodbUrl ? [] : [mongo])];
}
