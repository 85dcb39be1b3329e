/** What a gateway needs to be ready, and what it means where that is missing. */
import type { Bus, Outbox } from '@wscm/bus';
import { type Logger, Readiness } from '@wscm/runtime';
import type { Lease } from './lease';

export interface ReadinessParts {
  bus: Pick<Bus, 'connected'>;
  lease: Pick<Lease, 'held'>;
  outbox: Pick<Outbox, 'refused'>;
  /** False where the outbox takes nothing more from clients. */
  hasRoom: () => boolean;
  /** False from the moment it ends. */
  accepting: () => boolean;
}

export function gatewayReadiness(log: Logger, { bus, lease, outbox, hasRoom, accepting }: ReadinessParts): Readiness {
  const needs = {
    nats: {
      isThere: () => bus.connected,
      missing: 'NATS is away: events wait in the outbox, no command arrives',
    },
    lease: {
      isThere: () => lease.held,
      missing: 'no registry has answered for LEASE_TTL_MS: is one running, on the same NATS and WSCM_PREFIX?',
    },
    stream: {
      isThere: () => !outbox.refused,
      missing: 'JetStream refuses events (out of space, no leader, no stream?): they wait in the outbox',
    },
    outbox: {
      isThere: hasRoom,
      missing: 'OUTBOX_MAX_BYTES of events wait for NATS: connections get 503, senders are closed with 1013',
    },
    accepting: {
      isThere: accepting,
      missing: 'it is ending: it takes no more connections, and closes those it has',
    },
  };
  return new Readiness(needs, log);
}
