/** What a registry needs to be ready. */
import { type Logger, Readiness } from '@wscm/runtime';
import type { Bus } from '@wscm/bus';
import type { MongoStore } from './store/mongo-store';
import type { UplinkThread } from './uplink/uplink-thread';

/** A ping that is not answered in this time is given up, so that they don't pile up. */
const PING_MS = 500;

export type Check = 'nats' | 'consumer' | 'mongodb';

export const registryReadiness = (log: Logger, bus: Bus, store: MongoStore, uplink: UplinkThread): Readiness<Check> =>
  new Readiness(
    {
      nats: { isThere: () => bus.answering, missing: 'NATS is away: no event comes in, no command goes out' },
      consumer: {
        isThere: async () => (await uplink.status()).ready,
        missing:
          'no events are stored: their consumer in NATS can’t be read, or MongoDB does not take them, or takes too long',
      },
      mongodb: {
        isThere: () => store.ping(PING_MS).then(() => true),
        missing: 'MongoDB does not answer: events wait in the stream, lists get 503',
      },
    },
    log,
  );
