/** Secrets, planted wherever one may stand, and looked for wherever the registry says something. */
import { freePort } from '@wscm/system';
import { eventually } from '@wscm/testing';
import { MongoClient } from 'mongodb';
import { RegistryProcess } from '../testing/registry-process';
import { messageEvent, siteForAllTests } from '../testing/site';

const site = siteForAllTests();

/** Each has this in it, in any of the forms that a secret may take. */
const MARK = 'pLaNtEd';
const secret = (what: string) => `${MARK}-${what}-0123456789`;
const FORMS = [MARK, Buffer.from(`:${MARK}`).toString('base64').slice(2, -2), Buffer.from(MARK).toString('hex')];

const expectNone = (text: string) => {
  for (const form of FORMS) expect(text.toLowerCase()).not.toContain(form.toLowerCase());
};

const running: RegistryProcess[] = [];

afterAll(() => {
  for (const registry of running) registry.kill();
});

async function started(env: Record<string, string>): Promise<{ url: string; registry: RegistryProcess }> {
  const port = await freePort();
  const registry = new RegistryProcess({ REGISTRY_PORT: String(port), LOG_LEVEL: 'trace', ...env });
  running.push(registry);
  const url = `http://127.0.0.1:${port}`;
  await eventually(async () => expect((await fetch(`${url}/readyz`)).status).toBe(200), 30_000);
  return { url, registry };
}

it('the registry keeps to itself what it was trusted with', async () => {
  const { url, registry } = await started({
    ...{ NATS_URL: withPassword(site.nats.url), WSCM_PREFIX: site.prefix, METRICS_AUTH: 'key' },
    MONGODB_URL: new URL(site.db.databaseName, site.mongo.url).href,
    REGISTRY_API_KEYS: `ops:admin:${secret('key')}`,
  });
  const told: string[] = [];
  const ask = async (path: string, init: RequestInit = {}) => {
    const answer = await fetch(url + path, init).catch((error: unknown) => new Response(String(error)));
    told.push(JSON.stringify([...answer.headers]), await answer.text());
    return answer.status;
  };
  const key = { authorization: `Bearer ${secret('key')}` };
  const gateway = await site.addGateway({ send: { result: 'delivered' }, broadcast: { delivered: 1, dropped: 0 } });
  const replyId = await site.connectClient(gateway);
  const send = { method: 'POST', body: 'x', headers: { ...key, 'content-type': 'text/plain' } };

  for (const path of [
    '/v1/clients',
    '/v1/gateways',
    '/v1/registries',
    '/metrics',
    '/openapi.json',
    '/docs',
    '/docs/swagger-ui-init.js',
    '/nothing',
  ])
    await ask(path, { headers: key });
  expect(await ask(`/v1/clients/${replyId}/messages`, send)).toBe(200);
  expect(await ask('/v1/broadcast', send)).toBe(200);
  expect(await ask(`/v1/clients/${replyId}`, { method: 'DELETE', headers: key })).toBe(503);
  for (const headers of [
    { authorization: `Bearer ${secret('wrong')}` },
    { authorization: `Basic ${Buffer.from(`x:${secret('wrong')}`).toString('base64')}` },
    { authorization: secret('wrong') },
    { 'x-api-key': secret('wrong') },
  ]) {
    expect(await ask('/v1/clients', { headers })).toBe(401);
    expect(await ask('/docs', { headers })).toBe(401);
    expect(await ask('/v1/clients?limit=%ff', { headers })).toBe(401);
  }
  await site.nats.killAndRestart();
  await eventually(async () => expect(await ask('/readyz')).toBe(200), 30_000);
  await site.put(messageEvent(replyId, 1));
  await site.untilStored(replyId, { messagesFromClient: 1 });

  expect(await registry.stop()).toBe(0);
  expect(registry.output).toContain('registry-ended');
  expectNone(registry.output);
  expectNone(told.join('\n'));
  expectNone(await allDocuments());
  expectNone(await allEvents());
});

it.each([
  ['a key that is too short', { REGISTRY_API_KEYS: `ops:read:${MARK}` }, 'REGISTRY_API_KEYS: key 1 must be 16'],
  ['a key without a name', { REGISTRY_API_KEYS: secret('key') }, 'REGISTRY_API_KEYS: key 1 must be name'],
  ['a key in place of a scope', { REGISTRY_API_KEYS: `ops:${secret('key')}:x` }, 'its scopes must be'],
  ['a URL of another scheme', { NATS_URL: `http://u:${secret('nats')}@127.0.0.1` }, 'NATS_URL=http://…@127.0.0.1'],
  ['a URL of no scheme', { MONGODB_URL: `u:${secret('mongo')}@127.0.0.1/wscm` }, 'MONGODB_URL=…@127.0.0.1/wscm'],
])('%s is refused without being told', async (_, env, message) => {
  const registry = new RegistryProcess({ LOG_LEVEL: 'trace', ...env });
  running.push(registry);
  expect(await registry.ended()).toBe(1);
  expect(registry.output).toContain(message);
  expectNone(registry.output);
});

function withPassword(serverUrl: string): string {
  const url = new URL(serverUrl);
  url.username = 'user';
  url.password = secret('password');
  return url.href;
}

async function allDocuments(): Promise<string> {
  const client = await MongoClient.connect(site.mongo.url);
  const db = client.db(site.db.databaseName);
  const collections = await db.listCollections({ type: 'collection' }).toArray();
  const documents = await Promise.all(collections.map(({ name }) => db.collection(name).find().toArray()));
  await client.close();
  expect(documents.flat().length).toBeGreaterThan(1);
  return JSON.stringify(documents);
}

async function allEvents(): Promise<string> {
  const texts: string[] = [];
  for (const stream of [site.subjects.stream, site.subjects.deadLetterStream]) {
    const { state } = await site.jsm.streams.info(stream);
    for (let seq = state.first_seq; seq > 0 && seq <= state.last_seq; seq++) {
      const { subject, data, header } = await site.jsm.streams.getMessage(stream, { seq });
      texts.push(subject, Buffer.from(data).toString(), JSON.stringify([...(header as Iterable<unknown>)]));
    }
  }
  expect(texts.length).toBeGreaterThan(0);
  return texts.join('\n');
}
