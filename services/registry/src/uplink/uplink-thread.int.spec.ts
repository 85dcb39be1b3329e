/** The thread that stores events, as the registry's main thread sees it. */
import 'reflect-metadata';
import { eventually } from '@wscm/testing';
import { readSettings } from '../settings';
import { connectedEvent, siteForAllTests } from '../testing/site';
import { newDatabase } from '../testing/store-fixture';
import { UplinkThread } from './uplink-thread';

const site = siteForAllTests();

function begin(mongodbUrl = newDatabase(site.mongo.url)): UplinkThread {
  const urls = { NATS_URL: site.nats.url, MONGODB_URL: mongodbUrl };
  return new UplinkThread(readSettings({ ...urls, WSCM_PREFIX: site.prefix, LOG_LEVEL: 'silent' }));
}

test('it stores events, tells how many, and leaves nothing behind when it is stopped', async () => {
  const threads = process.getActiveResourcesInfo().filter((name) => name === 'MessagePort').length;
  const uplink = begin();
  expect(await uplink.status()).toEqual({ ready: false, eventsStored: 0 });
  await uplink.started;
  await site.put(connectedEvent('thread.1'));
  await eventually(async () => expect(await uplink.status()).toEqual({ ready: true, eventsStored: 1 }));
  expect(await uplink.metricsText()).toContain('wscm_registry_events_stored_total 1');
  await Promise.all([uplink.stop(), uplink.stop()]);
  expect(await uplink.status()).toEqual({ ready: false, eventsStored: 1 });
  expect(await uplink.metricsText()).toBe('');
  await uplink.hurry();
  expect(process.getActiveResourcesInfo().filter((name) => name === 'MessagePort')).toHaveLength(threads);
});

test('stopped before it has started, it ends all the same', async () => {
  const uplink = begin();
  await uplink.stop();
  expect((await uplink.status()).ready).toBe(false);
});

test('where it ends by itself, that is told with the reason, to who waits for its start, too', async () => {
  const uplink = begin('mongodb://127.0.0.1/x?authMechanism=NONE');
  await expect(uplink.started).rejects.toThrow('MONGODB_URL is no URL that MongoDB takes');
  expect(await uplink.failed).toMatchObject({ message: 'MONGODB_URL is no URL that MongoDB takes' });
  await uplink.stop();
  expect(await uplink.status()).toEqual({ ready: false, eventsStored: 0 });
});
