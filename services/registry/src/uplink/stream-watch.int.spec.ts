/** Events that are removed from the stream before they are in effect do not go unnoticed, and none else do harm. */
import 'reflect-metadata';
import { ensureConsumer } from '@wscm/bus';
import { createLogger } from '@wscm/runtime';
import { GatewayLeases } from '../store/gateway-leases';
import { StreamMark } from '../store/stream-mark';
import { siteForAllTests } from '../testing/site';
import { StoreFixture } from '../testing/store-fixture';
import { StreamWatch } from './stream-watch';

const site = siteForAllTests();
const log = createLogger('test', 'silent');
let fixture: StoreFixture;
let leases: GatewayLeases;
/** Of two registries. */
let watches: StreamWatch[];

beforeEach(async () => {
  const { stream, consumer } = site.subjects;
  fixture = await StoreFixture.open(site.mongo.url);
  leases = new GatewayLeases(fixture.store);
  watches = [1, 2].map(() => new StreamWatch(site.bus, new StreamMark(fixture.store, log), site.subjects, log));
  await site.jsm.streams.purge(stream);
  await site.jsm.consumers.delete(stream, consumer).catch(() => false);
  await ensureConsumer(site.bus, site.subjects);
  await look();
  await leases.renew(renewal(1));
});
afterEach(() => fixture.close());

const look = () => Promise.all(watches.map((watch) => watch.look()));
const stateOfGateway = async () => (await leases.find('gw'))?.state;
const renewal = (epoch: number) => {
  const startedAt = new Date().toISOString();
  return { gatewayId: 'gw', epoch, host: 'here', startedAt, connections: 0 };
};

/** Puts events into the stream, of which the first ones are acknowledged. */
async function storeEvents(count: number, acknowledged: number): Promise<void> {
  for (let seq = 1; seq <= count; seq++) await site.putRaw(site.subjects.event('message', `gw.${seq}`), 'x');
  const consumer = await site.connection.jetstream().consumers.get(site.subjects.stream, site.subjects.consumer);
  for await (const message of await consumer.fetch({ max_messages: acknowledged })) await message.ackAck();
}

it.each([
  ['purged', () => site.jsm.streams.purge(site.subjects.stream)],
  ['purged but for the last one', () => site.jsm.streams.purge(site.subjects.stream, { keep: 1 })],
])('where events are %s that nobody had taken, gateways announce their sockets again, once', async (_, remove) => {
  await storeEvents(5, 3);
  await look();
  expect(await stateOfGateway()).toBe('alive');
  await remove();
  await look();
  expect(await stateOfGateway()).toBe('lost');
  expect(await leases.renew(renewal(2))).toEqual({ result: 'renewed' });
  await look();
  await look();
  expect(await stateOfGateway()).toBe('alive');
});

it('where a registry finds out when it starts, without a consumer, too', async () => {
  await storeEvents(5, 3);
  await look();
  await site.jsm.streams.purge(site.subjects.stream);
  const mark = new StreamMark(fixture.store, log);
  const { created, state } = await site.jsm.streams.info(site.subjects.stream);
  expect(await mark.advance({ created, firstSeq: state.first_seq, lastSeq: state.last_seq })).toBe(state.first_seq - 1);
  expect(await stateOfGateway()).toBe('lost');
});

it.each([
  ['purged', () => site.jsm.streams.purge(site.subjects.stream)],
  ['removed by a limit', () => limitTo(1)],
])('where events are %s that are in effect, nothing happens', async (_, remove) => {
  await storeEvents(5, 5);
  await look();
  await remove();
  await look();
  await limitTo(-1);
  await storeEvents(3, 3);
  await look();
  expect(await stateOfGateway()).toBe('alive');
});

const limitTo = (max_msgs: number) => site.jsm.streams.update(site.subjects.stream, { max_msgs });
