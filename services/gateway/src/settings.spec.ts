/** What the gateway reads from its environment. */
import { readSettings } from './settings';

test('nothing set gives the documented defaults, which nobody can change afterwards', () => {
  const settings = readSettings({});
  expect(settings).toEqual({
    HOST: '127.0.0.1',
    GATEWAY_PORT: 8080,
    GATEWAY_ADMIN_PORT: 8081,
    NATS_URL: 'nats://127.0.0.1:4222',
    NATS_INBOX_PREFIX: '_INBOX',
    STREAM_REPLICAS: 1,
    WSCM_PREFIX: 'wscm',
    MAX_MESSAGE_BYTES: 131_072,
    IDLE_TIMEOUT_S: 120,
    MAX_BACKPRESSURE_BYTES: 1_048_576,
    OUTBOX_MAX_BYTES: 67_108_864,
    LEASE_TTL_MS: 10_000,
    DRAIN_RATE: 1_000,
    DRAIN_TIMEOUT_MS: 25_000,
    TRUSTED_PROXIES: [],
    GATEWAY_JWT_ALGORITHMS: [],
    GATEWAY_JWT_ISSUER: [],
    GATEWAY_JWT_AUDIENCE: [],
    GATEWAY_JWT_CLAIMS: [],
    GATEWAY_JWT_QUERY_PARAMETER: 'access_token',
    GATEWAY_JWT_USER_CLAIM: 'sub',
    MAX_CONNECTIONS: 0,
    MAX_CONNECTIONS_PER_ADDRESS: 0,
    RATE_BURST_S: 5,
    FIRST_MESSAGE_TIMEOUT_S: 0,
    MAX_HEADER_BYTES: 16_384,
    OTEL_TRACES_SAMPLER: 'parentbased_always_on',
    LOG_LEVEL: 'info',
  });
  expect(Object.isFrozen(settings)).toBe(true);
});

test('what is set is taken, and an empty variable counts as not set', () => {
  const env = {
    GATEWAY_PORT: '0',
    HOST: '::1',
    TRUSTED_PROXIES: ' 10.0.0.0/8, ::1 ,',
    WSCM_PREFIX: '',
    LOG_LEVEL: 'debug',
  };
  expect(readSettings(env)).toMatchObject({
    GATEWAY_PORT: 0,
    HOST: '::1',
    TRUSTED_PROXIES: ['10.0.0.0/8', '::1'],
    WSCM_PREFIX: 'wscm',
    LOG_LEVEL: 'debug',
  });
});

test('one message names every bad variable with its value, and no good one', () => {
  const bad = {
    GATEWAY_PORT: '65536',
    GATEWAY_ADMIN_PORT: '80a',
    NATS_URL: 'http://127.0.0.1',
    STREAM_REPLICAS: '6',
    GATEWAY_NAME: 'edge.*',
    WSCM_PREFIX: 'a.b',
    MAX_MESSAGE_BYTES: '0',
    IDLE_TIMEOUT_S: '7',
    MAX_BACKPRESSURE_BYTES: '1e6',
    OUTBOX_MAX_BYTES: '1048575',
    LEASE_TTL_MS: '-1',
    DRAIN_RATE: '1.5',
    DRAIN_TIMEOUT_MS: ' 1000',
    TRUSTED_PROXIES: '10.0.0.0/33',
    LOG_LEVEL: 'loud',
  };
  const message = faultOf({ ...bad, HOST: '127.0.0.1' });
  for (const [name, value] of Object.entries(bad)) expect(message).toContain(`  ${name}=${value}: `);
  expect(message).not.toContain('HOST');
});

test.each(['0', '8', '120', '960'])('an idle time of %s s is taken', (IDLE_TIMEOUT_S) => {
  expect(readSettings({ IDLE_TIMEOUT_S }).IDLE_TIMEOUT_S).toBe(Number(IDLE_TIMEOUT_S));
});

test.each(['1', '7', '961', '-1', 'never'])(
  'an idle time of %s s, which would end the process, is not',
  (IDLE_TIMEOUT_S) => {
    expect(faultOf({ IDLE_TIMEOUT_S })).toMatch(`IDLE_TIMEOUT_S=${IDLE_TIMEOUT_S}: must be`);
  },
);

test('what a slow reader may leave unread must have room for the largest message', () => {
  const MAX_MESSAGE_BYTES = '200000';
  expect(() => readSettings({ MAX_MESSAGE_BYTES, MAX_BACKPRESSURE_BYTES: '200000' })).not.toThrow();
  expect(faultOf({ MAX_MESSAGE_BYTES, MAX_BACKPRESSURE_BYTES: '199999' })).toContain(
    'MAX_BACKPRESSURE_BYTES=199999: must not be smaller than MAX_MESSAGE_BYTES',
  );
});

test('the largest message is checked against the default of what may stay unread, too', () => {
  expect(faultOf({ MAX_MESSAGE_BYTES: '1048577' })).toContain('MAX_BACKPRESSURE_BYTES');
});

function faultOf(env: Record<string, string>): string {
  try {
    readSettings(env);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('the settings were taken');
}
