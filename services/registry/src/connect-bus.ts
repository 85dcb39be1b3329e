/** A registry's connection to NATS. */
import { Bus, type BusOptions } from '@wscm/bus';
import type { Settings } from './settings';

type BusSettings = Pick<Settings, 'NATS_URL' | 'NATS_CREDS' | 'NATS_INBOX_PREFIX' | 'MAX_MESSAGE_BYTES'>;

/** Waits for NATS up to a deadline, then rejects. */
export const connectBus = (settings: BusSettings, options: Pick<BusOptions, 'name' | 'onStatus'>): Promise<Bus> =>
  Bus.connect({
    url: settings.NATS_URL,
    creds: settings.NATS_CREDS,
    inboxPrefix: settings.NATS_INBOX_PREFIX,
    maxMessageBytes: settings.MAX_MESSAGE_BYTES,
    ...options,
  });
