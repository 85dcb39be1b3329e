/** Many sends in one request: what each target is told, and what the gateways are asked. */
import 'reflect-metadata';
import { decodeBulkSend, MAX_BULK_TARGETS } from '@wscm/contracts';
import { http, type MadeUpGateway, problemOf, siteForAllTests, type TestRegistry } from '../testing/site';

/** Two of them are more than one NATS message takes. */
const MAX_BYTES = 800_000;
/** Time for two large messages on a busy machine. */
const TIMEOUT_MS = 1_500;

const site = siteForAllTests({
  ...{ MAX_MESSAGE_BYTES: String(MAX_BYTES), COMMAND_TIMEOUT_MS: String(TIMEOUT_MS), LEASE_TTL_MS: '600000' },
});
let registry: TestRegistry;

beforeAll(async () => {
  registry = await site.startRegistry();
});

interface Told {
  replyId: string;
  status: number;
  result?: string;
  detail?: string;
}

const post = (body: unknown, contentType = 'application/json') =>
  http(`${registry.url}/v1/messages`, {
    ...{ method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) },
    headers: { 'content-type': contentType },
  });

async function bulkSend(...messages: object[]): Promise<Told[]> {
  const { status, body } = await post({ messages });
  expect(status).toBe(200);
  return (body as { results: Told[] }).results;
}

const delivers = (...results: string[]) => ({ bulkSend: { results } });
const idOf = ({ gatewayId }: MadeUpGateway, name: string) => `${gatewayId}.${name}`;
const partsFor = ({ asked }: MadeUpGateway) =>
  asked.map(({ data }) =>
    decodeBulkSend(data).map(({ frame: { type, data: bytes }, socketIds }) => [
      type,
      Buffer.from(bytes).toString('latin1'),
      ...socketIds,
    ]),
  );

it('asks each gateway once, in order, and tells of every target in the order of the request', async () => {
  const a = await site.addGateway(delivers('delivered', 'buffered', 'delivered', 'delivered'));
  const b = await site.addGateway(delivers('delivered'));
  const results = await bulkSend(
    { to: [idOf(a, 'one'), idOf(b, 'two'), idOf(a, 'one')], message: 'hello' },
    { to: [idOf(a, 'three'), idOf(a, 'one')], type: 'binary', message: 'AP8=' },
  );
  expect(results).toEqual([
    { replyId: idOf(a, 'one'), status: 200, result: 'delivered' },
    { replyId: idOf(b, 'two'), status: 200, result: 'delivered' },
    { replyId: idOf(a, 'one'), status: 200, result: 'buffered' },
    { replyId: idOf(a, 'three'), status: 200, result: 'delivered' },
    { replyId: idOf(a, 'one'), status: 200, result: 'delivered' },
  ]);
  expect(partsFor(a)).toEqual([
    [
      ['text', 'hello', 'one', 'one'],
      ['binary', '\0\xff', 'three', 'one'],
    ],
  ]);
  expect(partsFor(b)).toEqual([[['text', 'hello', 'two']]]);
});

it('tells of each target what it would be told of the send alone', async () => {
  const gateway = await site.addGateway(
    delivers('gone', 'dropped', 'tooBig', 'busy', 'lapsed', 'unknown', 'unknown', 'delivered'),
  );
  const closed = await site.connectClient(gateway);
  const names = ['gone', 'dropped', 'tooBig', 'busy', 'lapsed', 'nobody'].map((name) => idOf(gateway, name));
  const to = [...names, closed, 'no replyId', idOf(gateway, 'fine')];
  const results = await bulkSend({ to, message: 'x' });
  expect(results.map(({ replyId, status }) => [replyId, status])).toEqual(
    [410, 410, 413, 503, 503, 404, 410, 404, 200].map((status, index) => [to[index], status]),
  );
  expect(results[0]).toEqual({ replyId: to[0], status: 410, title: 'The client has disconnected' });
  expect(results[3]?.detail).toContain('too much to tell NATS');
});

it('does not hand on what is too big, and all the rest', async () => {
  const gateway = await site.addGateway(delivers('delivered'));
  const large = { to: [idOf(gateway, 'a')], message: 'x'.repeat(MAX_BYTES + 1) };
  const results = await bulkSend(large, { to: [idOf(gateway, 'b')], message: 'x' });
  expect(results.map(({ status }) => status)).toEqual([413, 200]);
  expect(partsFor(gateway)).toEqual([[['text', 'x', 'b']]]);
});

it('divides what is too much for one NATS message, with the results where they belong', async () => {
  const gateway = await site.addGateway();
  const commands: string[][] = [];
  site.connection.subscribe(site.subjects.commandToGateway('bulkSend', gateway.gatewayId), {
    callback: (_, message) => {
      const names = decodeBulkSend(message.data).flatMap(({ socketIds }) => socketIds);
      commands.push(names);
      message.respond(JSON.stringify({ results: names.map((name) => (name === 'b' ? 'gone' : 'delivered')) }));
    },
  });
  await site.connection.flush();
  const messages = [
    ['a', 'b', 'c'],
    ['b', 'd'],
  ].map((names) => ({
    to: names.map((name) => idOf(gateway, name)),
    message: 'x'.repeat(MAX_BYTES - 1_000),
  }));
  const results = await bulkSend(...messages);
  expect(commands).toEqual([
    ['a', 'b', 'c'],
    ['b', 'd'],
  ]);
  expect(results.map(({ replyId, status }) => [replyId.at(-1), status])).toEqual([
    ['a', 200],
    ['b', 410],
    ['c', 200],
    ['b', 410],
    ['d', 200],
  ]);
});

describe('a gateway', () => {
  const living = async (answers: object) => {
    const gateway = await site.addGateway(answers);
    const live = await site.connectClient(gateway);
    const closed = await site.connectClient(gateway);
    const endedAt = new Date(Date.now() - 60_000);
    await site.clients.updateOne({ replyId: closed }, { $set: { state: 'closed', 'sync.endedAt': endedAt } });
    return { gateway, to: [live, closed, idOf(gateway, 'unheard-of')] };
  };

  it.each([
    ['where nobody listens', {}, [503, 410, 503], undefined],
    ['that keeps silent', { bulkSend: null }, [503, 410, 503], 'no answer in time; it may have been carried out'],
    ['whose lease has lapsed', { bulkSend: { result: 'lapsed' } }, [503, 503, 503], 'was cut off'],
    ['that answers for another number', delivers('delivered'), [500, 500, 500], undefined],
    ['that answers with nonsense', { bulkSend: { results: ['eaten', 'eaten', 'eaten'] } }, [500, 500, 500], undefined],
  ])('%s spoils nothing for the clients of others', async (_, answers, statuses, detail) => {
    const { to } = await living(answers);
    const fine = await site.addGateway(delivers('delivered'));
    const results = await bulkSend({ to: [...to, idOf(fine, 'a')], message: 'x' });
    expect(results.map(({ status }) => status)).toEqual([...statuses, 200]);
    if (detail === undefined) expect(results[0]?.detail).toBeUndefined();
    else expect(results[0]?.detail).toContain(detail);
  });
});

it('is the same over NATS', async () => {
  const gateway = await site.addGateway(delivers('delivered', 'gone'));
  const messages = [{ to: [idOf(gateway, 'a'), idOf(gateway, 'b')], message: 'x' }];
  expect(await site.ask('clients.send', JSON.stringify({ messages }))).toMatchObject({
    code: '',
    body: { results: [{ status: 200, result: 'delivered' }, { status: 410 }] },
  });
  for (const payload of ['', '{', '{"messages":[]}'])
    expect(await site.ask('clients.send', payload)).toMatchObject({ code: '400', body: { status: 400 } });
});

it('is refused where it is none, or too much, and then nobody is asked', async () => {
  const gateway = await site.addGateway(delivers('delivered'));
  const to = [idOf(gateway, 'a')];
  const many = Array.from({ length: MAX_BULK_TARGETS + 1 }, () => to[0]);
  for (const body of ['', '{', '[]', {}, { messages: [] }, { messages: [{ to: many, message: 'x' }] }])
    expect(await post(body)).toEqual(problemOf(400));
  expect(await post({ messages: [{ to, message: 'x' }] }, 'text/plain')).toEqual(problemOf(415));
  expect(await post({ messages: [{ to, message: 'x'.repeat(3 * 1_048_576) }] })).toEqual(problemOf(413));
  expect(gateway.asked).toEqual([]);
});
