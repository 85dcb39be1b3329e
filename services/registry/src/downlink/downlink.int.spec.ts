/** The NATS service as anyone on the bus sees it, and what becomes of each command at the gateways. */
import 'reflect-metadata';
import type { Client } from '@wscm/contracts';
import { eventually } from '@wscm/testing';
import { http, type MadeUpGateway, messageEvent, problemOf, siteForAllTests, type TestRegistry } from '../testing/site';

const MAX_BYTES = 1024;
/** Longer than a command waits. */
const ENDED_FOR_MS = 60_000;
const TIMEOUT_MS = 400;

const site = siteForAllTests({
  ...{ MAX_MESSAGE_BYTES: String(MAX_BYTES), COMMAND_TIMEOUT_MS: String(TIMEOUT_MS), LEASE_TTL_MS: '600000' },
});
let registry: TestRegistry;

beforeAll(async () => {
  registry = await site.startRegistry();
});

/** The answer over NATS for a problem of this status: in the headers, and with details in the body. */
const errorOf = (status: number): unknown => ({
  code: String(status),
  error: expect.stringMatching(/.+/) as string,
  body: expect.objectContaining({ status, type: 'about:blank' }) as object,
});

describe('the NATS service', () => {
  it('tells who is connected: list, count and get', async () => {
    const gateway = await site.addGateway();
    const { gatewayId } = gateway;
    const ids = [await site.connectClient(gateway), await site.connectClient(gateway, { path: '/b' })];
    await site.put(messageEvent(ids[0]!, 1, 'hi'));
    await site.untilStored(ids[0]!, { messagesFromClient: 1 });

    const first = await site.ask('clients.list', JSON.stringify({ limit: 1, gatewayId }));
    expect(first).toMatchObject({ code: '', body: { items: [{ replyId: ids[0], messagesFromClient: 1 }] } });
    const { next: cursor } = first.body as { next: string };
    const second = await site.ask('clients.list', JSON.stringify({ limit: 1, gatewayId, cursor }));
    expect(second).toMatchObject({ code: '', body: { items: [{ replyId: ids[1] }], next: null } });

    expect((await site.ask('clients.count', JSON.stringify({ gatewayId }))).body).toEqual({ count: 2 });
    expect((await site.ask('clients.count', JSON.stringify({ gatewayId, path: '/b' }))).body).toEqual({ count: 1 });
    const rest = await http(`${registry.url}/v1/clients/${ids[0]}`);
    expect(await site.ask(`clients.get.${ids[0]}`)).toEqual({ code: '', error: '', body: rest.body });
  });

  it('takes an empty payload for no filter at all', async () => {
    await site.connectClient(await site.addGateway());
    const { body } = await site.ask('clients.list');
    expect(body).toEqual((await http(`${registry.url}/v1/clients`)).body);
    expect((await site.ask('clients.count')).body).toEqual((await http(`${registry.url}/v1/clients/count`)).body);
  });

  it.each([
    ...['{', 'null', '[]', '"x"', '1', 'limit=1', '\0', '{"limit":0}', '{"limit":1001}', '{"limit":"many"}'],
    ...['{"color":"red"}', '{"path":{"$gt":""}}', '{"path":["/a"]}', '{"path":null}', '{"cursor":"nonsense"}'],
    ...['{"sort":"path"}', '{"$where":"1"}', '{"constructor":{}}'],
  ])('refuses to list by %s', async (payload) => {
    expect(await site.ask('clients.list', payload)).toEqual(errorOf(400));
  });

  it('refuses to count and to disconnect by nonsense', async () => {
    for (const payload of ['{', 'null', '{"limit":1}'])
      expect(await site.ask('clients.count', payload)).toEqual(errorOf(400));
    const gateway = await site.addGateway({ disconnect: { result: 'disconnected' } });
    for (const payload of ['{', '[]', '{"code":1005}', '{"code":"x"}', `{"reason":"${'x'.repeat(124)}"}`, '{"why":1}'])
      expect(await site.ask(`clients.disconnect.${gateway.gatewayId}.x`, payload)).toEqual(errorOf(400));
    expect(gateway.asked).toEqual([]);
  });

  it.each(['*', '>', 'gw.*', 'gw.>', '*.*', 'a.b.c', 'gw', 'all', 'ü.x', '$SYS.x', `gw.${'x'.repeat(62)}`])(
    'takes %s for nobody, and asks no gateway',
    async (replyId) => {
      const commands: string[] = [];
      const spy = site.connection.subscribe(`${site.prefix}.commands.>`, {
        callback: (_, { subject }) => void commands.push(subject),
      });
      expect(await site.ask(`clients.get.${replyId}`)).toEqual(errorOf(404));
      expect(await site.ask(`clients.send.${replyId}`, 'x')).toEqual(errorOf(404));
      expect(await site.ask(`clients.disconnect.${replyId}`)).toEqual(errorOf(404));
      await site.connection.flush();
      expect(commands).toEqual([]);
      spy.unsubscribe();
    },
  );

  it('ends a page where one NATS message is full, and shortens what alone would be too much', async () => {
    const gateway = await site.addGateway();
    const { gatewayId } = gateway;
    const ids = await Promise.all(Array.from({ length: 10 }, () => site.connectClient(gateway)));
    const large = (character: string) =>
      ({ seq: 1, type: 'text', message: character.repeat(131_072), time: new Date() }) as const;
    await site.clients.updateMany({ replyId: { $in: ids } }, { $set: { lastMessageFromClient: large('x') } });
    const [greedy] = ids as [string];
    // As JSON each of these is six bytes.
    const greed = {
      lastMessageFromClient: large('\u0001'),
      lastMessageToClient: { ...large('\u0002'), via: 'send' as const },
    };
    await site.clients.updateOne({ replyId: greedy }, { $set: greed });
    const found: string[] = [];
    let cursor: string | null = null;
    do {
      const query: object = { gatewayId, ...(cursor === null ? {} : { cursor }) };
      const { code, body } = await site.ask('clients.list', JSON.stringify(query));
      expect(code).toBe('');
      const page = body as { items: Client[]; next: string | null };
      expect(page.items.length).toBeLessThan(9);
      found.push(...page.items.map(({ replyId }) => replyId));
      cursor = page.next;
    } while (cursor !== null);
    expect(found.sort()).toEqual(ids.sort());
    const { body } = await site.ask(`clients.get.${greedy}`);
    const { lastMessageFromClient: from, lastMessageToClient: to } = body as Client;
    expect([from?.truncated, to?.truncated]).toContain(true);
    expect(new Set(from!.message + to!.message)).toEqual(new Set(['\u0001', '\u0002']));
  });

  it('hands on a message verbatim: text, or binary where a header says so', async () => {
    const gateway = await site.addGateway({ send: { result: 'delivered' } });
    const subject = `clients.send.${gateway.gatewayId}.socket`;
    const likeAnEnvelope = '{"pattern":"x","data":"y","id":"z"}';
    const bytes = Buffer.from([0, 255, 1]);
    const done = { code: '', error: '', body: { result: 'delivered' } };
    expect(await site.ask(subject, likeAnEnvelope)).toEqual(done);
    expect(await site.ask(subject, '')).toEqual(done);
    expect(await site.ask(subject, bytes, { 'content-type': 'application/octet-stream' })).toEqual(done);
    const [text, binary] = ['text/plain; charset=utf-8', 'application/octet-stream'];
    expect(gateway.asked).toEqual([
      { verb: 'send', socketId: 'socket', data: Buffer.from(likeAnEnvelope), contentType: text },
      { verb: 'send', socketId: 'socket', data: Buffer.alloc(0), contentType: text },
      { verb: 'send', socketId: 'socket', data: bytes, contentType: binary },
    ]);
  });

  it('refuses a message that is too large, and text that is none', async () => {
    const gateway = await site.addGateway({ send: { result: 'delivered' }, broadcast: { delivered: 1, dropped: 0 } });
    for (const endpoint of [`clients.send.${gateway.gatewayId}.socket`, 'clients.broadcast']) {
      expect(await site.ask(endpoint, 'x'.repeat(MAX_BYTES + 1))).toEqual(errorOf(413));
      expect(await site.ask(endpoint, Buffer.from([0xff]))).toEqual(errorOf(400));
    }
    expect(gateway.asked).toEqual([]);
  });

  it('disconnects, with code and reason where they are given', async () => {
    const gateway = await site.addGateway({ disconnect: { result: 'disconnected' } });
    const subject = `clients.disconnect.${gateway.gatewayId}.socket`;
    expect((await site.ask(subject)).body).toEqual({ result: 'disconnected' });
    expect((await site.ask(subject, '{"code":4001,"reason":"sorry"}')).body).toEqual({ result: 'disconnected' });
    expect(gateway.asked.map(({ data }) => JSON.parse(data.toString()) as unknown)).toEqual([
      { code: 4500, reason: 'disconnected by an operator' },
      { code: 4001, reason: 'sorry' },
    ]);
  });

  it('does what is published without a wish for an answer', async () => {
    const done = { send: { result: 'delivered' }, disconnect: { result: 'disconnected' } };
    const gateway = await site.addGateway({ ...done, broadcast: { delivered: 1, dropped: 0 } });
    const about = `${gateway.gatewayId}.socket`;
    site.connection.publish(`${site.prefix}.clients.send.${about}`, 'one');
    site.connection.publish(`${site.prefix}.clients.broadcast`, 'all');
    site.connection.publish(`${site.prefix}.clients.disconnect.${about}`);
    site.connection.publish(`${site.prefix}.clients.list`, 'nonsense');
    await eventually(() => expect(gateway.asked).toHaveLength(3));
    expect(gateway.asked.map(({ verb, data }) => [verb, data.toString().slice(0, 3)]).sort()).toEqual([
      ['broadcast', 'all'],
      ['disconnect', '{"c'],
      ['send', 'one'],
    ]);
  });

  it('shows itself to `nats micro info` and `nats micro stats`', async () => {
    const told = async (verb: string) =>
      (await site.connection.request(`$SRV.${verb}.${site.prefix}`, '', { timeout: 5_000 })).json<{
        name: string;
        endpoints: { name: string; subject: string; num_requests?: number; metadata?: Record<string, string> }[];
      }>();
    const info = await told('INFO');
    expect(info.name).toBe(site.prefix);
    const subjects = ['list', 'count', 'get.>', 'send.>', 'send', 'broadcast', 'disconnect.>'].map(
      (endpoint) => `${site.prefix}.clients.${endpoint}`,
    );
    expect(info.endpoints.map(({ subject }) => subject)).toEqual(expect.arrayContaining(subjects));
    for (const { metadata } of info.endpoints)
      expect(metadata).toEqual({ request: expect.any(String) as string, response: expect.any(String) as string });

    const count = async () => (await told('STATS')).endpoints.find(({ name }) => name === 'count')?.num_requests ?? 0;
    const before = await count();
    await site.ask('clients.count');
    expect(await count()).toBe(before + 1);
  });
});

describe('a send', () => {
  const send = (replyId: string) =>
    http(`${registry.url}/v1/clients/${replyId}/messages`, {
      ...{ method: 'POST', body: 'x', headers: { 'content-type': 'text/plain' } },
    });
  const disconnect = (replyId: string) => http(`${registry.url}/v1/clients/${replyId}`, { method: 'DELETE' });

  it.each([
    ['delivered', 200, { result: 'delivered' }],
    ['buffered', 200, { result: 'buffered' }],
    ['dropped', 410, {}],
    ['gone', 410, {}],
    ['tooBig', 413, {}],
    ['busy', 503, {}],
    ['lapsed', 503, {}],
  ])('that its gateway answers with %s is answered %d', async (result, status, body) => {
    const gateway = await site.addGateway({ send: { result } });
    const answer = await send(`${gateway.gatewayId}.socket`);
    expect(answer).toMatchObject({ status, body });
    if (status >= 400) expect(answer).toEqual(problemOf(status));
  });

  it.each([
    ['no document', null, 404],
    ['a live one', 'live', 410],
    ['a closed one', 'closed', 410],
  ])('that its gateway knows no socket for, with %s, is answered %s → %d', async (_, state, status) => {
    const gateway = await site.addGateway({ send: { result: 'unknown' }, disconnect: { result: 'unknown' } });
    const replyId = await withDocument(gateway, state);
    expect(await send(replyId)).toEqual(problemOf(status));
    expect(await disconnect(replyId)).toEqual(problemOf(status));
  });

  const unanswered = [
    ['a living gateway, no document', true, null, 503],
    ['a living gateway, a live client', true, 'live', 503],
    ['a living gateway, a closed client', true, 'closed', 410],
    ['a living gateway, a lost client', true, 'lost', 410],
    ['no gateway, a closed client', false, 'closed', 410],
    ['no gateway, no document', false, null, 404],
  ] as const;

  it.each(unanswered)('to a subject that nobody listens on: %s', async (_, lease, state, status) => {
    const gateway = await site.addGateway({}, { lease });
    const replyId = await withDocument(gateway, state);
    const started = performance.now();
    const answers = [await send(replyId), await disconnect(replyId)];
    for (const answer of answers) {
      expect(answer).toEqual(problemOf(status));
      expect(answer.retryAfter).toBe(status === 503 ? '2' : null);
    }
    expect(performance.now() - started).toBeLessThan(2 * TIMEOUT_MS);
  });

  it.each(unanswered)('to a gateway that keeps silent: %s', async (_, lease, state, status) => {
    const gateway = await site.addGateway({ send: null, disconnect: null }, { lease });
    const replyId = await withDocument(gateway, state);
    const answers = await Promise.all([send(replyId), disconnect(replyId)]);
    // Somebody may listen there, and have carried it out.
    for (const answer of answers) expect(answer).toEqual(problemOf(status === 404 ? 503 : status));
    if (status !== 410)
      expect(answers[0].body).toMatchObject({ detail: 'no answer in time; it may have been carried out' });
  });

  it('to a client of which nobody has heard, at a gateway that is cut off, may be there again', async () => {
    const gateway = await site.addGateway({});
    await site.gateways.updateOne({ _id: gateway.gatewayId }, { $set: { state: 'lost' } });
    expect(await send(`${gateway.gatewayId}.greeted`)).toEqual(problemOf(503));
    await site.gateways.updateOne({ _id: gateway.gatewayId }, { $set: { state: 'ended' } });
    expect(await send(`${gateway.gatewayId}.greeted`)).toEqual(problemOf(404));
  });

  it('to a gateway that keeps silent, and a client that ends meanwhile, may have been carried out', async () => {
    const gateway = await site.addGateway({ send: null });
    const replyId = await site.connectClient(gateway);
    const answer = send(replyId);
    await eventually(() => expect(gateway.asked).toHaveLength(1));
    await site.clients.updateOne({ replyId }, [{ $set: { state: 'closed', 'sync.endedAt': '$$NOW' } }]);
    expect(await answer).toEqual(problemOf(503));
  });

  it('that is answered with nonsense is our fault, and told as such', async () => {
    const gateway = await site.addGateway({ send: { result: 'eaten' }, disconnect: [] });
    expect(await send(`${gateway.gatewayId}.socket`)).toEqual(problemOf(500, { title: 'Internal error' }));
    expect(await disconnect(`${gateway.gatewayId}.socket`)).toEqual(problemOf(500));
    expect((await http(`${registry.url}/readyz`)).status).toBe(200);
  });

  async function withDocument(gateway: MadeUpGateway, state: string | null): Promise<string> {
    if (state === null) return `${gateway.gatewayId}.unheard-of`;
    const held = await site.gateways.findOne({ _id: gateway.gatewayId });
    const replyId = await site.connectClient(gateway);
    const ended = { state: state as 'closed', 'sync.endedAt': new Date(Date.now() - ENDED_FOR_MS) };
    if (state !== 'live') await site.clients.updateOne({ replyId }, { $set: ended });
    if (!held) await site.forgetLease(gateway);
    return replyId;
  }
});

describe('a broadcast', () => {
  // Those of other tests would answer, too.
  beforeEach(() => site.removeGateways());

  const broadcast = async () => {
    const started = performance.now();
    const { code, body } = await site.ask('clients.broadcast', 'news');
    expect(code).toBe('');
    return { ...(body as { gateways: { gatewayId: string }[] }), tookMs: performance.now() - started };
  };
  it('names the gateways that did not answer, and waits for them no longer than it must', async () => {
    const fine = await site.addGateway({ broadcast: { delivered: 2, dropped: 1 } });
    const silent = await site.addGateway({ broadcast: null });
    const dead = await site.addGateway();
    const result = await broadcast();
    expect(result).toMatchObject({ unreachable: [silent.gatewayId, dead.gatewayId].sort() });
    expect(result.gateways).toEqual([{ gatewayId: fine.gatewayId, delivered: 2 }]);
    expect(result.tookMs).toBeGreaterThanOrEqual(TIMEOUT_MS);
    expect(result.tookMs).toBeLessThan(TIMEOUT_MS + 2_000);
  });

  it('counts a gateway whose lease is not known yet', async () => {
    const unknown = await site.addGateway({ broadcast: { delivered: 3, dropped: 0 } }, { lease: false });
    const silent = await site.addGateway({ broadcast: null });
    const result = await broadcast();
    expect(result.gateways).toEqual([{ gatewayId: unknown.gatewayId, delivered: 3 }]);
    expect(result).toMatchObject({ unreachable: [silent.gatewayId] });
  });

  it('counts every gateway where no lease is known yet', async () => {
    const answer = { broadcast: { delivered: 1, dropped: 0 } };
    await site.addGateway(answer, { lease: false });
    await site.addGateway(answer, { lease: false });
    expect(await broadcast()).toMatchObject({ delivered: 2, gateways: [{ delivered: 1 }, { delivered: 1 }] });
  });

  it('that all gateways have answered waits for nobody', async () => {
    await site.addGateway({ broadcast: { delivered: 1, dropped: 0 } });
    await site.addGateway({ broadcast: { delivered: 1, dropped: 0 } });
    const { tookMs, ...result } = await broadcast();
    expect(result).toMatchObject({ delivered: 2, dropped: 0, unreachable: [] });
    expect(tookMs).toBeLessThan(TIMEOUT_MS);
  });

  it('to nobody reaches nobody, at once', async () => {
    const { tookMs, ...result } = await broadcast();
    expect(result).toEqual({ delivered: 0, dropped: 0, gateways: [], unreachable: [] });
    expect(tookMs).toBeLessThan(TIMEOUT_MS);
  });

  it('goes on past an answer that is nonsense', async () => {
    site.connection.subscribe(site.subjects.commandToAll('broadcast'), {
      max: 2,
      callback: (_, message) => void message.respond(message.data.length > 4 ? '{' : '{"delivered":"many"}'),
    });
    const fine = await site.addGateway({ broadcast: { delivered: 2, dropped: 0 } });
    const silent = await site.addGateway({ broadcast: null });
    const result = await broadcast();
    expect(result.gateways).toEqual([{ gatewayId: fine.gatewayId, delivered: 2 }]);
    expect(result).toMatchObject({ unreachable: [silent.gatewayId] });
    expect((await http(`${registry.url}/readyz`)).status).toBe(200);
    expect((await site.ask('clients.broadcast', 'longer')).code).toBe('');
  });
});
