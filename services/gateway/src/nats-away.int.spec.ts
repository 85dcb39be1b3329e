/** While NATS is away: what waits, what is refused, and what is in the stream afterwards. */
import type { TestClient } from '@wscm/testing';
import { DiscardPolicy } from 'nats';
import {
  allFine,
  jsonOf,
  metricOf,
  readinessOf,
  seqsOf,
  siteForEachTest,
  type TestGateway,
  upTo,
} from './testing/site';

const site = siteForEachTest();

const OUTBOX_MAX_BYTES = 1_048_576;
const MESSAGE_BYTES = 100_000;
const away = { status: 503, checks: { ...allFine.checks, nats: 'error', lease: 'error' } };
const full = { status: 503, checks: { ...away.checks, outbox: 'error' } };

let gateway: TestGateway;

beforeEach(async () => {
  gateway = await site.startGateway({ OUTBOX_MAX_BYTES: String(OUTBOX_MAX_BYTES), LEASE_TTL_MS: '500' });
  await site.untilReadiness(gateway, allFine);
});

const message = (number: number): string => `${number} `.padEnd(MESSAGE_BYTES, '.');

/** Sends numbered messages as long as they are taken; gives how many the gateway took, as it tells itself. */
async function fillOutbox(client: TestClient): Promise<number> {
  for (const number of upTo(30)) client.send(message(number));
  await client.untilClosed();
  return (await metricOf(gateway, 'wscm_gateway_messages_received_total'))!;
}

/** Asks for a WebSocket and gives the answer as it comes. */
async function upgradeAnswer(): Promise<string> {
  const stranger = await site.connectRaw(gateway);
  stranger.ask();
  const answer = await stranger.untilText('\r\n\r\n');
  stranger.cut();
  return answer;
}

test('sockets stay open, new ones are taken, and everything is in the stream afterwards', async () => {
  const early = await site.connect(gateway);
  await site.untilEvent('connected', early.replyId);
  await site.nats.kill();
  await site.untilReadiness(gateway, away);
  early.send('while away');
  const late = await site.connect(gateway);
  late.send('from a new one');
  await late.close(4321);
  await site.nats.start();
  await site.untilReadiness(gateway, allFine);
  await site.untilEvents('>', 5);
  const told = (replyId: string) => site.events(`*.${replyId}`);
  expect((await told(early.replyId)).map(({ kind, data }) => [kind, data.toString()]).slice(1)).toEqual([
    ['message', 'while away'],
  ]);
  expect((await told(late.replyId)).map(({ kind }) => kind)).toEqual(['connected', 'message', 'disconnected']);
  await expect(site.command('send', early.replyId, 'welcome back')).resolves.toEqual({ result: 'delivered' });
});

test('past the limit in bytes a sender is closed with 1013, and new connections get 503', async () => {
  const [sender, bystander] = [await site.connect(gateway), await site.connect(gateway)];
  await site.nats.kill();
  await site.untilReadiness(gateway, away);
  const taken = await fillOutbox(sender);
  expect(sender.closed).toEqual({ code: 1013, reason: 'message not taken, try again later' });
  expect(taken * MESSAGE_BYTES).toBeGreaterThan(OUTBOX_MAX_BYTES * 0.9);
  expect(taken * MESSAGE_BYTES).toBeLessThan(OUTBOX_MAX_BYTES + MESSAGE_BYTES);
  await expect(readinessOf(gateway)).resolves.toEqual(full);
  await expect(metricOf(gateway, 'wscm_gateway_outbox_bytes')).resolves.toBeGreaterThanOrEqual(OUTBOX_MAX_BYTES);
  await expect(upgradeAnswer()).resolves.toMatch(/^HTTP\/1.1 503 (.|\r\n)*\r\nretry-after: [1-9]\d*\r\n/i);
  const live = await fetch(`http://127.0.0.1:${gateway.adminPort}/healthz`);
  expect(live.status).toBe(200);
  expect(bystander.closed).toBeUndefined();
  await site.nats.start();
  await site.untilReadiness(gateway, allFine);
});

test('afterwards the stream has what was taken, once and in order, and nothing that was refused', async () => {
  const [sender, bystander] = [await site.connect(gateway), await site.connect(gateway)];
  await site.nats.kill();
  await site.untilReadiness(gateway, away);
  bystander.send('before');
  const taken = (await fillOutbox(sender)) - 1;
  await site.nats.start();
  await site.untilReadiness(gateway, allFine);
  bystander.send('after');

  await site.untilEvents(`message.${bystander.replyId}`, 2);
  const messages = await site.events(`message.${sender.replyId}`);
  expect(messages.map(({ data }) => Number.parseInt(data.toString()))).toEqual(upTo(taken));
  expect(seqsOf(messages)).toEqual(upTo(taken));
  const disconnected = await site.untilEvent('disconnected', sender.replyId);
  expect(jsonOf(disconnected)).toMatchObject({ code: 1013 });
  expect(disconnected.headers['wscm-seq']).toBe(String(taken));
  const ids = (await site.events()).map(({ headers }) => headers['ce-id']);
  expect(new Set(ids).size).toBe(ids.length);
  const again = await site.connect(gateway);
  await expect(site.command('send', again.replyId, 'welcome')).resolves.toEqual({ result: 'delivered' });
});

test('a gateway that NATS left several times tells everything once', async () => {
  const client = await site.connect(gateway);
  let sent = 0;
  for (const round of upTo(3)) {
    const restarted = site.nats.killAndRestart();
    while (sent < round * 300) client.send(String(++sent));
    await restarted;
    await site.untilReadiness(gateway, allFine);
  }
  const events = await site.untilEvents(`message.${client.replyId}`, sent);
  expect(events.map(({ data }) => data.toString())).toEqual(upTo(sent).map(String));
});

test('a stream that is deleted is made again, and what happens then is stored', async () => {
  const client = await site.connect(gateway);
  await site.untilEvent('connected', client.replyId);
  const streams = (await site.connection.jetstreamManager()).streams;
  await streams.delete(`${site.prefix.toUpperCase()}_EVENTS`);
  for (const number of upTo(100)) client.send(String(number));
  const events = await site.untilEvents(`message.${client.replyId}`, 100);
  expect(events.map(({ data }) => data.toString())).toEqual(upTo(100).map(String));
});

test('while the stream takes nothing more, nothing is sent that could not be told', async () => {
  const [client, filler] = [await site.connect(gateway), await site.connect(gateway)];
  await site.untilEvents('connected.>', 2);
  const streams = (await site.connection.jetstreamManager()).streams;
  const name = `${site.prefix.toUpperCase()}_EVENTS`;
  await streams.update(name, { discard: DiscardPolicy.New, max_msgs: 2 });
  await fillOutbox(filler);
  const checks = { ...allFine.checks, stream: 'error', outbox: 'error' };
  await site.untilReadiness(gateway, { status: 503, checks });

  await expect(site.command('send', client.replyId, 'one')).resolves.toEqual({ result: 'busy' });
  await expect(site.broadcast('one')).resolves.toMatchObject([{ delivered: 0, dropped: 1 }]);
  await expect(metricOf(gateway, 'wscm_gateway_publish_refusals_total')).resolves.toBeGreaterThan(0);
  await streams.update(name, { discard: DiscardPolicy.Old, max_msgs: -1 });
  await site.untilReadiness(gateway, allFine);
  await expect(site.command('send', client.replyId, 'two')).resolves.toEqual({ result: 'delivered' });
  await client.untilReceived(1);
  expect(client.texts).toEqual(['two']);
  expect((await site.untilEvent('delivered', client.replyId)).headers).toMatchObject({
    'wscm-seq': '1',
    'wscm-order': '1',
  });
  const messages = await site.events(`message.${filler.replyId}`);
  expect(seqsOf(messages)).toEqual(upTo(messages.length));
});
