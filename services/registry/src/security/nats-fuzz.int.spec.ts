/** Whatever is sent to the NATS endpoints: no internal error, no end of the registry. */
import 'reflect-metadata';
import fc from 'fast-check';
import { http, type MadeUpGateway, siteForAllTests, type TestRegistry } from '../testing/site';

/** The same on each run. */
const RUNS = { seed: 20_261_123, numRuns: 300 };

const site = siteForAllTests({
  ...{ MAX_MESSAGE_BYTES: '1024', COMMAND_TIMEOUT_MS: '100', LEASE_TTL_MS: '600000' },
});
let registry: TestRegistry;
let gateway: MadeUpGateway;

beforeAll(async () => {
  registry = await site.startRegistry();
  const done = { send: { result: 'delivered' }, disconnect: { result: 'disconnected' } };
  gateway = await site.addGateway({ ...done, broadcast: { delivered: 1, dropped: 0 } });
  await site.connectClient(gateway);
});

const KEYS = ['limit', 'cursor', 'sort', 'path', 'user', 'gatewayId', 'code', 'reason', 'epoch', 'host', 'startedAt'];

/** Numbers at their edges, texts of any characters, dates, operators, nested to some depth. */
const value = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.constantFrom('connectedAt', '2026-11-23T05:00:00Z', '9999999-01-01T00:00:00Z', -1, 1e308, 2 ** 53, '\0', '$where'),
  fc.string().map((text) => Buffer.from(JSON.stringify(['connectedAt', text.length, text])).toString('base64url')),
);

const payload = fc.oneof(
  fc.uint8Array({ maxLength: 1_500 }),
  fc
    .dictionary(fc.oneof(fc.constantFrom(...KEYS, '__proto__', '$or'), fc.string()), value)
    .map((told) => JSON.stringify(told)),
  fc.constantFrom('', 'null', '[]', '{', '"', '[[[['.repeat(300), '\ufeff{}', '{"a":1}{', '{"limit":1,"limit":2}'),
);

// What NATS lets through as headers: no line ends.
const text = fc.string({ unit: 'binary', maxLength: 60 }).map((some) => some.replaceAll(/[\r\n\0]/g, ' ').trim());
const headers = fc.dictionary(
  fc.oneof(
    fc.constantFrom('content-type', 'ce-type', 'Nats-Msg-Id', 'Nats-Service-Error-Code'),
    fc.stringMatching(/^[A-Za-z-]{1,20}$/),
  ),
  fc.oneof(text, fc.constantFrom('application/octet-stream', 'text/plain; charset=utf-16', ';;;')),
  { maxKeys: 4 },
);

/** What a subject may end with: no blanks, no wildcards, no empty token. */
const id = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 80 }).map((some) => some.replaceAll(/[\s\0*>.]+/g, '_')),
  fc.constantFrom('a.b', 'a.b.c', '__proto__', 'constructor.prototype', '$SYS.x', '$JS.API', 'all', 'all.x'),
  fc.stringMatching(/^[\w-]{1,20}$/).map((socket) => `${gateway.gatewayId}.${socket}`),
);

const endpoint = fc.oneof(
  fc.constantFrom(
    'clients.list',
    'clients.count',
    'clients.broadcast',
    'gateways.list',
    'registries.list',
    'leases.renew',
    'leases.release',
  ),
  fc.tuple(fc.constantFrom('get', 'send', 'disconnect'), id).map(([verb, whom]) => `clients.${verb}.${whom}`),
);

it('every request is answered, and by none of our faults', async () => {
  await fc.assert(
    fc.asyncProperty(endpoint, payload, headers, async (where, data, told) => {
      const { code, error } = await site.ask(where, data, told);
      expect(['', '400', '404', '410', '413', '503']).toContain(code);
      expect(code === '').toBe(error === '');
    }),
    RUNS,
  );
}, 120_000);

it('a lease by any fields that fit is no fault either', async () => {
  const renewal = fc.record({
    gatewayId: fc.stringMatching(/^[\w-]{1,64}$/),
    epoch: fc.oneof(fc.nat(), fc.constantFrom(2 ** 31, 2 ** 53 - 1)),
    host: fc.string({ unit: 'binary' }),
    startedAt: fc.oneof(
      fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true }).map((date) => date.toISOString()),
      fc.constant('2026-11-23T05:00:00Z'),
    ),
    connections: fc.oneof(fc.nat(), fc.constantFrom(2 ** 53 - 1)),
  });
  await fc.assert(
    fc.asyncProperty(renewal, async (told) => {
      expect((await site.ask('leases.renew', JSON.stringify(told))).code).toBe('');
      expect((await site.ask('leases.release', JSON.stringify(told))).code).toBe('');
    }),
    { ...RUNS, numRuns: 100 },
  );
}, 120_000);

it('and the registry goes on', async () => {
  expect(await http(`${registry.url}/readyz`)).toMatchObject({ status: 200 });
  expect(await site.ask('clients.count')).toMatchObject({ code: '', body: { count: 1 } });
});
