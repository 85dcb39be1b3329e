/** The events over HTTP, as they happen. */
import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import type { GatewayEvent } from '@wscm/contracts';
import { eventually, scrape } from '@wscm/testing';
import { EventListener } from '../testing/event-listener';
import {
  connectedEvent,
  http,
  type MadeUpGateway,
  messageEvent,
  problemOf,
  siteForAllTests,
  type TestRegistry,
} from '../testing/site';

const site = siteForAllTests({ LEASE_TTL_MS: '600000', MAX_MESSAGE_BYTES: '900000' });
let registry: TestRegistry;
let gateway: MadeUpGateway;
const open: EventListener[] = [];

beforeAll(async () => {
  registry = await site.startRegistry();
  gateway = await site.addGateway();
});

afterEach(() => {
  for (const listener of open.splice(0)) listener.close();
});

async function listen(query = '', headers: Record<string, string> = {}, at = registry): Promise<EventListener> {
  const listener = await EventListener.open(`${at.url}/v1/events${query}`, headers);
  expect(listener.status).toBe(200);
  open.push(listener);
  return listener;
}

const base = (id: string) => ({ id, time: '2026-11-23T06:00:00.000Z', source: '/gateways/made-up' });
const newReplyId = () => `${gateway.gatewayId}.${randomBytes(16).toString('base64url')}`;
const deliveredEvent = (replyId: string): GatewayEvent => ({
  ...{ kind: 'delivered', ...base(`delivered-${replyId}`), replyId, seq: 3, order: 9, broadcasts: 0 },
  frame: { type: 'binary', data: Buffer.from([0, 255]) },
});
const disconnectedEvent = (replyId: string): GatewayEvent => ({
  ...{ kind: 'disconnected', ...base(`disconnected-${replyId}`), replyId, seq: 1 },
  disconnected: { code: 1000, reason: 'bye' },
});
let broadcasts = 0;
const broadcastEvent = (text: string, delivered?: number): GatewayEvent => ({
  ...{ kind: 'broadcast', ...base(`broadcast-${gateway.gatewayId}-${++broadcasts}`), gatewayId: gateway.gatewayId },
  ...{ seq: broadcasts, order: broadcasts, delivered, frame: { type: 'text', data: Buffer.from(text) } },
});

/** One event of each kind about a new client; resolves with its replyId and the places of the events. */
async function oneLife(path: string): Promise<{ replyId: string; seqs: number[] }> {
  const replyId = newReplyId();
  const events = [
    ...[connectedEvent(replyId, { path }), messageEvent(replyId, 1, 'hello'), deliveredEvent(replyId)],
    ...[broadcastEvent('to all', 7), disconnectedEvent(replyId)],
  ];
  const seqs: number[] = [];
  for (const event of events) seqs.push(await site.put(event));
  return { replyId, seqs };
}

async function say(replyId: string, from: number, to: number): Promise<void> {
  for (let seq = from; seq <= to; seq++) await site.put(messageEvent(replyId, seq, String(seq)));
}

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => String(from + at));

it('tells each event from now on, with its place in the stream as id', async () => {
  await oneLife('/before');
  const listener = await listen();
  expect(listener.headers).toMatchObject({
    ...{ 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store', 'x-accel-buffering': 'no' },
    'content-security-policy': expect.any(String) as string,
  });
  await eventually(() => expect(listener.comments).toEqual(['listening']));
  const { replyId, seqs } = await oneLife('/now');
  const about = { replyId, gatewayId: gateway.gatewayId };
  const time = '2026-11-23T06:00:00.000Z';
  expect(await listener.until(5)).toEqual([
    {
      ...{ id: String(seqs[0]), event: 'connected' },
      data: {
        ...{
          kind: 'connected',
          ...about,
          time: expect.any(String) as string,
          connectedAt: expect.any(String) as string,
        },
        ...{ path: '/now', query: {}, headers: {}, remoteAddress: '::1', user: null },
      },
    },
    {
      ...{ id: String(seqs[1]), event: 'message' },
      data: { kind: 'message', ...about, time: expect.any(String) as string, seq: 1, type: 'text', message: 'hello' },
    },
    {
      ...{ id: String(seqs[2]), event: 'delivered' },
      data: { kind: 'delivered', ...about, time, seq: 3, via: 'send', type: 'binary', message: 'AP8=' },
    },
    {
      ...{ id: String(seqs[3]), event: 'broadcast' },
      data: {
        ...{ kind: 'broadcast', ...about, replyId: null, time, seq: 2, delivered: 7, type: 'text', message: 'to all' },
      },
    },
    {
      ...{ id: String(seqs[4]), event: 'disconnected' },
      data: { kind: 'disconnected', ...about, time, code: 1000, reason: 'bye' },
    },
  ]);
});

describe('of filters', () => {
  it.each([
    ['kind=message', ['message']],
    ['kind=connected&kind=disconnected', ['connected', 'disconnected']],
    ['kind=delivered,broadcast', ['delivered', 'broadcast']],
    ['replyId=REPLY', ['connected', 'message', 'delivered', 'disconnected']],
    ['gatewayId=GATEWAY', ['connected', 'message', 'delivered', 'broadcast', 'disconnected']],
    ['path=/seen/REPLY', ['connected', 'message', 'delivered', 'disconnected']],
    ['gatewayId=other', []],
    ['path=/seen/REPLY&kind=message&gatewayId=GATEWAY', ['message']],
  ])('%s lets through what it says, now and from the past', async (query, kinds) => {
    const replyId = newReplyId();
    const filter = query.replace('REPLY', replyId).replace('GATEWAY', gateway.gatewayId);
    const all = await listen();
    const listener = await listen(`?${filter}`);
    await site.put(connectedEvent(replyId, { path: `/seen/${replyId}` }));
    await site.put(messageEvent(replyId, 1));
    await site.put(deliveredEvent(replyId));
    await site.put(broadcastEvent('to all'));
    await site.put(disconnectedEvent(replyId));
    await oneLife('/unseen');
    const [first] = await all.until(10);
    const before = String(Number(first?.id) - 1);
    const resumed = await listen(`?${filter}`, { 'last-event-id': before });
    const mine = all.events.slice(0, 5).filter(({ event }) => kinds.includes(event));
    for (const each of [listener, resumed]) {
      await each.until(mine.length);
      const heard = each.events.filter(({ id }) => mine.some((event) => event.id === id));
      expect(heard).toEqual(mine);
      if (/REPLY|other/.test(query)) expect(each.events).toEqual(mine);
      if (query.startsWith('kind')) expect(new Set(each.events.map(({ event }) => event))).toEqual(new Set(kinds));
    }
  });

  it('path finds clients that have connected before, whether or not MongoDB has them', async () => {
    const stored = await site.connectClient(gateway, { path: '/old' });
    const unstored = newReplyId();
    await site.put(connectedEvent(unstored, { path: '/old' }));
    await eventually(async () => expect((await site.clients.deleteOne({ replyId: unstored })).deletedCount).toBe(1));
    const listener = await listen('?path=/old');
    for (const replyId of [stored, unstored]) await site.put(messageEvent(replyId, 1));
    await listener.until(2);
    expect(listener.said('replyId')).toEqual([stored, unstored]);
  });

  it.each([
    ['kind=nonsense', 'kind'],
    ['kind=', 'kind'],
    ['kind=message&kind=x', 'kind'],
    ['replyId=*.*', 'replyId'],
    ['replyId=a', 'replyId'],
    ['gatewayId=a.%3E', 'gatewayId'],
    ['path=', 'path'],
    ['colour=red', 'colour'],
    ['lastEventId=x', 'Last-Event-ID'],
    ['lastEventId=-1', 'Last-Event-ID'],
    ['lastEventId=1e3', 'Last-Event-ID'],
    ['lastEventId=99999999999999999999', 'Last-Event-ID'],
  ])('%s is refused, and the fault named', async (query, named) => {
    const answer = await http(`${registry.url}/v1/events?${query}`);
    expect(answer).toEqual(problemOf(400, { detail: expect.stringContaining(named) as string }));
  });
});

describe('whoever was away', () => {
  it('goes on behind the last id: nothing is missed, and nothing comes twice', async () => {
    const replyId = await site.connectClient(gateway);
    const first = await listen('?kind=message');
    await say(replyId, 1, 5);
    await first.until(5);
    first.close();
    await say(replyId, 6, 300);
    const saying = say(replyId, 301, 400);
    const again = await Promise.all([
      listen('?kind=message', { 'last-event-id': first.lastId }),
      listen(`?kind=message&lastEventId=${first.lastId}`),
      listen(`?replyId=${replyId}&lastEventId=0`, { 'last-event-id': first.lastId }),
    ]);
    await saying;
    await say(replyId, 401, 450);
    for (const listener of again) {
      await listener.until(445);
      expect(listener.said('message')).toEqual(numbers(6, 450));
    }
  }, 60_000);

  it('before any event goes on from where it began', async () => {
    const replyId = await site.connectClient(gateway);
    const first = await listen('?kind=message');
    await eventually(() => expect(first.lastId).not.toBe(''));
    first.close();
    await say(replyId, 1, 3);
    const again = await listen('?kind=message', { 'last-event-id': first.lastId });
    await again.until(3);
    expect(again.said('message')).toEqual(['1', '2', '3']);
  });

  it('for too long is told first where it goes on', async () => {
    const replyId = await site.connectClient(gateway);
    const first = await listen('?kind=message');
    await say(replyId, 1, 2);
    await first.until(2);
    first.close();
    await say(replyId, 3, 4);
    const next = await site.put(messageEvent(replyId, 5, '5'));
    await eventually(async () => expect((await site.clients.findOne({ replyId }))?.messagesFromClient).toBe(5));
    await site.jsm.streams.purge(site.subjects.stream, { seq: next });
    for (const query of ['?kind=message', `?replyId=${replyId}`]) {
      const again = await listen(query, { 'last-event-id': first.lastId });
      const [gap, event] = await again.until(2);
      expect(gap).toEqual({ id: String(next - 1), event: 'gap', data: { kind: 'gap', from: next } });
      expect(event).toMatchObject({ id: String(next), data: { message: '5' } });
    }
  });
});

/** As its metrics tell. */
async function listenersOf({ url }: TestRegistry): Promise<{ open: number | undefined; cutOff: number | undefined }> {
  const page = await scrape(`${url}/metrics`);
  const value = (name: string) => page.get(`wscm_registry_${name}`)?.samples.get('');
  return { open: value('event_listeners'), cutOff: value('event_listeners_cut_off_total') };
}

it('does not hold more than its bound for who does not read, tells it, and cuts it off; it may go on', async () => {
  const small = await site.startRegistry({ MAX_EVENT_LISTENER_BYTES: '200000' });
  const replyId = await site.connectClient(gateway);
  const slow = await EventListener.openWithoutReading(`${small.url}/v1/events?kind=message`);
  open.push(slow);
  const quick = await listen('?kind=message', {}, small);
  const text = (seq: number) => `${seq} ${'x'.repeat(100_000)}`;
  const count = 150;
  for (let seq = 1; seq <= count; seq++) await site.put(messageEvent(replyId, seq, text(seq)));
  await quick.until(count);
  expect(await listenersOf(small)).toEqual({ open: 2, cutOff: 1 });
  slow.read();
  await eventually(() => expect(slow.ended).toBe(true));
  const last = slow.events.at(-1);
  expect(last).toMatchObject({
    event: 'overflow',
    data: { kind: 'overflow', lastEventId: Number(slow.events.at(-2)?.id) },
  });
  // What the sockets hold, and no more of the 15 MB.
  expect(slow.bytes).toBeLessThan(10_000_000);
  const heard = slow.events.length - 1;
  const again = await listen('?kind=message', { 'last-event-id': last?.id ?? '' }, small);
  await again.until(count - heard);
  expect([...slow.events.slice(0, heard), ...again.events].map(({ data }) => data['seq'])).toEqual(
    numbers(1, count).map(Number),
  );
  await small.stop();
}, 60_000);

it('takes so many listeners and no more, until one leaves', async () => {
  const small = await site.startRegistry({ MAX_EVENT_LISTENERS: '2' });
  const [first] = [await listen('', {}, small), await listen('', {}, small)];
  expect(await listenersOf(small)).toEqual({ open: 2, cutOff: 0 });
  const refused = await http(`${small.url}/v1/events`);
  expect(refused).toEqual(problemOf(503, { detail: expect.stringContaining('MAX_EVENT_LISTENERS') as string }));
  expect(refused.retryAfter).toMatch(/^\d+$/);
  first.close();
  await eventually(async () => expect(await listenersOf(small)).toEqual({ open: 1, cutOff: 0 }));
  await listen('', {}, small);
  expect((await http(`${small.url}/v1/events?kind=x`)).status).toBe(400);
  await small.stop();
});

it('answers HEAD with the head alone', async () => {
  const { status, contentType, body } = await http(`${registry.url}/v1/events`, { method: 'HEAD' });
  expect({ status, contentType, body }).toEqual({
    status: 200,
    contentType: 'text/event-stream; charset=utf-8',
    body: '',
  });
});

it('ends every answer when the registry ends, and at once; another one goes on', async () => {
  const ending = await site.startRegistry();
  const replyId = await site.connectClient(gateway);
  const listeners = [
    ...[await listen('', {}, ending), await listen(`?replyId=${replyId}`, {}, ending)],
    await EventListener.openWithoutReading(`${ending.url}/v1/events?lastEventId=0`),
  ];
  await say(replyId, 1, 1);
  await listeners[1]!.until(1);
  const started = performance.now();
  await ending.stop();
  expect(performance.now() - started).toBeLessThan(4_500);
  await eventually(() => expect(listeners.slice(0, 2).map(({ ended }) => ended)).toEqual([true, true]));
  await say(replyId, 2, 2);
  const again = await listen(`?replyId=${replyId}`, { 'last-event-id': listeners[1]!.lastId });
  await again.until(1);
  expect(again.said('message')).toEqual(['2']);
});

describe('whatever happens to NATS', () => {
  it('listeners stay, and miss nothing and hear nothing twice when it was killed and is back', async () => {
    const replyId = await site.connectClient(gateway);
    const listeners = [
      await listen('?kind=message'),
      await listen(`?replyId=${replyId}`),
      await listen('?path=/&kind=message'),
    ];
    await say(replyId, 1, 20);
    for (const listener of listeners) await listener.until(20);
    await site.nats.kill();
    await eventually(async () => expect(await http(`${registry.url}/v1/events`)).toEqual(problemOf(503)));
    await site.nats.start();
    // As soon as anybody can, whether or not the registry is back.
    await eventually(() => say(replyId, 21, 60), 20_000);
    for (const listener of listeners) {
      await listener.until(60, 30_000);
      expect(listener.said('message')).toEqual(numbers(1, 60));
    }
  }, 60_000);

  it('they are told when the stream was deleted and made anew, and go on with it from its beginning', async () => {
    const replyId = await site.connectClient(gateway);
    const listeners = [await listen('?kind=message'), await listen(`?replyId=${replyId}&kind=message`)];
    await say(replyId, 1, 3);
    for (const listener of listeners) await listener.until(3);
    await site.jsm.streams.delete(site.subjects.stream);
    await eventually(() => say(replyId, 4, 6), 20_000);
    for (const listener of listeners) {
      await listener.until(7, 30_000);
      expect(listener.events[3]).toEqual({ id: '0', event: 'gap', data: { kind: 'gap', from: 1 } });
      expect(listener.said('message').filter(Boolean)).toEqual(numbers(1, 6));
    }
    const stale = await listen('?kind=message', { 'last-event-id': '1000000' });
    expect((await stale.until(4))[0]).toMatchObject({ event: 'gap', data: { from: 1 } });
  }, 60_000);
});
