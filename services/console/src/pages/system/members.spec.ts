import type { Gateway, RegistryStatus } from '@wscm/contracts';
import { afterAnswers, afterReading, REMEMBERED_MS, type SeenGateway } from './members';

const T0 = Date.parse('2026-11-23T05:00:00.000Z');

const gateway = (beatS: number, counted: number | null = 0, gatewayId = 'one'): Gateway => ({
  gatewayId,
  host: 'here',
  startedAt: new Date(T0).toISOString(),
  connections: 3,
  connects: counted,
  disconnects: 0,
  messagesFromClients: counted,
  messagesToClients: 0,
  lastHeartbeat: new Date(T0 + beatS * 1000).toISOString(),
});

/** The list is read at these seconds. */
const read = (...readings: [second: number, listed: Gateway[]][]): SeenGateway[] =>
  readings.reduce<SeenGateway[]>((seen, [second, listed]) => afterReading(seen, listed, T0 + second * 1000), []);

it('rates are over the time between two heartbeats, whenever the list is read', () => {
  const [seen] = read([0, [gateway(0, 10)]], [2, [gateway(0, 10)]], [4, [gateway(3, 70)]], [5, [gateway(3, 70)]]);
  expect(seen).toMatchObject({ state: 'well', rates: { connects: 20, disconnects: 0, messagesFromClients: 20 } });
});

it('there are no rates of a gateway that does not tell, or has told once only', () => {
  expect(read([0, [gateway(0, 10)]])[0]).toMatchObject({ rates: null });
  expect(read([0, [gateway(0, null)]], [4, [gateway(3, null)]])[0]).toMatchObject({ rates: null });
});

it('a gateway is silent when two heartbeats are missing, and well when one comes', () => {
  const beats: [number, Gateway[]][] = [
    [0, [gateway(0)]],
    [3, [gateway(3)]],
  ];
  expect(read(...beats, [8, [gateway(3)]])[0]).toMatchObject({ state: 'well' });
  expect(read(...beats, [8, [gateway(3)]])[0]?.rates).not.toBeNull();
  expect(read(...beats, [10, [gateway(3)]])[0]).toMatchObject({ state: 'silent', rates: null });
  expect(read(...beats, [10, [gateway(3)]], [12, [gateway(12)]])[0]).toMatchObject({ state: 'well' });
});

it('who leaves the list was lost if it was silent before, and is forgotten in time', () => {
  const beats: [number, Gateway[]][] = [
    [0, [gateway(0)]],
    [3, [gateway(3)]],
  ];
  expect(read(...beats, [5, []])[0]).toMatchObject({ state: 'gone', rates: null });
  expect(read(...beats, [10, [gateway(3)]], [13, []], [15, []])[0]).toMatchObject({ state: 'lost' });
  expect(read(...beats, [5, []], [6 + REMEMBERED_MS / 1000, []])).toEqual([]);
});

it('registries tell how many events they store', () => {
  const registry = (eventsStored: number): RegistryStatus => ({
    registryId: 'r',
    host: 'here',
    version: '1',
    startedAt: new Date(T0).toISOString(),
    ready: true,
    checks: { nats: true, mongodb: true, consumer: true },
    eventsStored,
  });
  const consumer = { pending: 0, unacknowledged: 0, redelivered: 0 };
  const first = afterAnswers([], { items: [registry(5)], consumer }, T0);
  expect(first).toMatchObject([{ storedRate: null, goneAt: null }]);
  const second = afterAnswers(first, { items: [registry(25)], consumer }, T0 + 2000);
  expect(second).toMatchObject([{ storedRate: 10 }]);
  const gone = afterAnswers(second, { items: [], consumer }, T0 + 4000);
  expect(gone).toMatchObject([{ storedRate: null, isUnasked: false, goneAt: T0 + 4000 }]);

  const cut = { ...registry(3), registryId: 'other', checks: { nats: false, mongodb: true, consumer: false } };
  const hanging = { ...cut, checks: { nats: true, mongodb: true, consumer: true } };
  for (const read of [
    { items: [cut], consumer },
    { items: [hanging], consumer: null },
  ]) {
    const unasked = afterAnswers(second, read, T0 + 4000).find((each) => each.registry.registryId !== 'other');
    expect(unasked).toMatchObject({ isUnasked: true, goneAt: null });
  }
});
