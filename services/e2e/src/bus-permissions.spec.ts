/** The users of `deploy/nats/users.sh`: with them the system does all it does, and nobody may do what is another's. */
import { BUILT_SERVICES, freePort, type Replica, type ReplicaKind, startReplica } from '@wscm/system';
import { eventually, startTestMongo, TestClient, type TestServer } from '@wscm/testing';
import { AckPolicy, type NatsConnection } from 'nats';
import { LockedNats, may } from './locked-nats';

let nats: LockedNats;
let mongo: TestServer;
let operator: NatsConnection;
const replicas: Replica[] = [];
const clients: Record<string, TestClient> = {};

beforeAll(async () => {
  [nats, mongo] = await Promise.all([LockedNats.start(['a', 'b']), startTestMongo()]);
  operator = await nats.connect('operator');
  await start('registry', 'registry', (port) => ({ REGISTRY_PORT: String(port), MONGODB_URL: mongo.url }));
  for (const name of ['a', 'b']) await startGateway(name);
}, 120_000);

afterAll(async () => {
  for (const client of Object.values(clients)) client.cut();
  await Promise.all(replicas.map((replica) => replica.stop()));
  await Promise.all([nats.stop(), mongo.stop()]);
});

async function start(kind: ReplicaKind, user: string, more: (port: number) => NodeJS.ProcessEnv): Promise<void> {
  const port = await freePort();
  const access = { NATS_URL: nats.urlFor(user), NATS_INBOX_PREFIX: `_INBOX_${user}` };
  const replica = await startReplica({
    ...{ kind, name: user, port, url: `http://127.0.0.1:${port}` },
    ...{ script: BUILT_SERVICES[kind].main, log: () => undefined },
    env: { PATH: process.env['PATH'], LOG_LEVEL: 'warn', ...access, ...more(port) },
  });
  replicas.push(replica);
}

async function startGateway(name: string): Promise<void> {
  const webSocket = await freePort();
  const ports = { GATEWAY_PORT: String(webSocket), GATEWAY_NAME: name };
  await start('gateway', `gateway-${name}`, (port) => ({ ...ports, GATEWAY_ADMIN_PORT: String(port) }));
  clients[name] = await TestClient.connect(`ws://127.0.0.1:${webSocket}/`);
}

async function ask(subject: string, body = ''): Promise<Record<string, unknown>> {
  return (await operator.request(subject, body, { timeout: 5_000 })).json();
}

/** Server-Sent Events of the registry, as text so far. */
async function listen(path: string): Promise<{ text: () => string; stop: () => void }> {
  const stopping = new AbortController();
  const url = replicas.find(({ name }) => name === 'registry')?.url ?? '';
  const { status, body } = await fetch(url + path, { signal: stopping.signal });
  expect(status).toBe(200);
  let text = '';
  void body
    ?.pipeThrough(new TextDecoderStream())
    .pipeTo(new WritableStream({ write: (more) => void (text += more) }))
    .catch(() => 0);
  return { text: () => text, stop: () => stopping.abort() };
}

const count = async () => (await ask('wscm.clients.count'))['count'];

test('the system does all it does, and nothing that NATS refuses', async () => {
  const { a, b } = clients as { a: TestClient; b: TestClient };
  expect(a.replyId).toMatch(/^a-.{16}\./);
  await eventually(async () => expect(await count()).toBe(2));
  a.send('said');
  await eventually(async () =>
    expect(await ask(`wscm.clients.get.${a.replyId}`)).toMatchObject({ messagesFromClient: 1 }),
  );
  expect(await ask(`wscm.clients.send.${a.replyId}`, 'to a')).toEqual({ result: 'delivered' });
  expect(await ask('wscm.clients.broadcast', 'to all')).toMatchObject({ delivered: 2, unreachable: [] });
  const many = { messages: [{ to: [a.replyId, b.replyId], message: 'to both' }] };
  expect(await ask('wscm.clients.send', JSON.stringify(many))).toMatchObject({
    results: [{ result: 'delivered' }, { result: 'delivered' }],
  });
  await eventually(() =>
    expect([a.texts, b.texts]).toEqual([
      ['to a', 'to all', 'to both'],
      ['to all', 'to both'],
    ]),
  );
  expect(await ask('wscm.gateways.list')).toMatchObject({ items: [{}, {}] });
  expect(await ask('wscm.registries.list')).toMatchObject({ items: [{ ready: true }], consumer: { redelivered: 0 } });
  const heard = await listen('/v1/events?kind=message&path=/');
  const ofOne = await listen(`/v1/events?replyId=${a.replyId}&lastEventId=0`);
  a.send('for those who listen');
  for (const listener of [heard, ofOne])
    await eventually(() => expect(listener.text()).toContain('"message":"for those who listen"'));
  expect(ofOne.text()).toContain('event: connected');
  const admin = await nats.connect('admin');
  await admin.jetstreamManager().then((manager) => manager.streams.delete('WSCM_EVENTS'));
  a.send('said after the stream was deleted');
  await eventually(
    async () => expect(await ask(`wscm.clients.get.${a.replyId}`)).toMatchObject({ messagesFromClient: 2 }),
    30_000,
  );
  expect(await ask(`wscm.clients.disconnect.${b.replyId}`)).toEqual({ result: 'disconnected' });
  await eventually(async () => expect(await count()).toBe(1));
  for (const { stop } of [heard, ofOne]) stop();
  expect(await nats.violations()).toEqual([]);
}, 60_000);

describe("a gateway's credentials", () => {
  test("read no other's commands, nor answers to others, however they ask", async () => {
    const thief = await nats.connect('gateway-b', '_INBOX_gateway-b');
    const { a } = clients as { a: TestClient };
    const [gatewayId] = a.replyId.split('.');
    const others = [
      `wscm.commands.a.${gatewayId}.send.*`,
      `wscm.commands.a.${gatewayId}.bulkSend`,
      'wscm.commands.a.>',
      'wscm.commands.*.*.send.*',
      'wscm.commands.>',
    ];
    const heard: string[] = [];
    for (const subject of [...others, '>', 'wscm.>', '*.*.a.>'])
      thief.subscribe(subject, { callback: (error, message) => (error ? 0 : heard.push(message.subject)) });
    await thief.flush();
    expect(await ask(`wscm.clients.send.${a.replyId}`, 'for a alone')).toEqual({ result: 'delivered' });
    await thief.flush();
    expect(heard).toEqual([]);
    for (const subject of others) expect(await may(thief, 'subscribe', subject)).toBe(false);
    for (const inbox of ['_INBOX.>', '_INBOX_registry.>', '_INBOX_gateway-a.>', '$JS.API.>', 'wscm.events.>'])
      expect(await may(thief, 'subscribe', inbox)).toBe(false);
    expect(await may(thief, 'subscribe', 'wscm.commands.b.any.send.*')).toBe(true);
  });

  test.each([
    'wscm.commands.a.any.send.any',
    'wscm.commands.a.any.bulkSend',
    'wscm.commands.all.broadcast',
    'wscm.clients.broadcast',
    'wscm.clients.list',
    'wscm.dead.events.message.x.y',
    '_INBOX_registry.any',
    '$JS.API.STREAM.DELETE.WSCM_EVENTS',
    '$JS.API.STREAM.PURGE.WSCM_EVENTS',
    '$JS.API.STREAM.UPDATE.WSCM_EVENTS',
    '$JS.API.STREAM.MSG.GET.WSCM_EVENTS',
    '$JS.API.STREAM.MSG.DELETE.WSCM_EVENTS',
    '$JS.API.CONSUMER.CREATE.WSCM_EVENTS.mine',
    '$JS.API.CONSUMER.MSG.NEXT.WSCM_EVENTS.wscm-registry',
    '$JS.ACK.WSCM_EVENTS.wscm-registry.1.1.1.1.0',
  ])('publish nothing to %s', async (subject) => {
    expect(await may(await nats.connect('gateway-b', '_INBOX_gateway-b'), 'publish', subject)).toBe(false);
  });
});

describe('an extension', () => {
  test('reads the events, as they come and from a consumer that was made for it', async () => {
    const admin = await nats.connect('admin');
    const manager = await admin.jetstreamManager();
    const wanted = { durable_name: 'extension', ack_policy: AckPolicy.Explicit };
    await manager.consumers.add('WSCM_EVENTS', wanted);
    const extension = await nats.connect('extension', '_INBOX_extension');
    const seen: string[] = [];
    extension.subscribe('wscm.events.>', { callback: (_error, { subject }) => seen.push(subject) });
    await extension.flush();
    clients['a']?.send('for the extension');
    const messages = await (
      await extension.jetstream().consumers.get('WSCM_EVENTS', 'extension')
    ).fetch({ max_messages: 1 });
    for await (const message of messages) {
      expect(message.subject).toMatch(/^wscm\.events\./);
      expect(await message.ackAck()).toBe(true);
    }
    await eventually(() => expect(seen).toContain(`wscm.events.message.${clients['a']?.replyId}`));
  });

  test.each([
    'wscm.events.message.x.y',
    'wscm.clients.list',
    'wscm.commands.a.any.send.any',
    'wscm.commands.a.any.bulkSend',
    'wscm.leases.release',
    '$JS.API.CONSUMER.CREATE.WSCM_EVENTS.wscm-registry',
    '$JS.API.CONSUMER.CREATE.WSCM_EVENTS.extension',
    '$JS.API.CONSUMER.DELETE.WSCM_EVENTS.wscm-registry',
    '$JS.API.STREAM.PURGE.WSCM_EVENTS',
  ])('publishes nothing to %s', async (subject) => {
    expect(await may(await nats.connect('extension', '_INBOX_extension'), 'publish', subject)).toBe(false);
  });
});

test.each([
  ['operator', 'publish', 'wscm.commands.a.any.send.any'],
  ['operator', 'publish', 'wscm.events.message.x.y'],
  ['operator', 'publish', '$JS.API.STREAM.DELETE.WSCM_EVENTS'],
  ['operator', 'subscribe', 'wscm.commands.>'],
  ['operator', 'subscribe', 'wscm.clients.>'],
  ['operator', 'subscribe', '_INBOX_registry.>'],
  ['registry', 'publish', '$JS.API.STREAM.DELETE.WSCM_EVENTS'],
  ['registry', 'publish', 'wscm.events.message.x.y'],
  ['registry', 'subscribe', 'wscm.commands.>'],
] as const)('%s may not %s %s', async (user, what, subject) => {
  expect(await may(await nats.connect(user, `_INBOX_${user}`), what, subject)).toBe(false);
});
