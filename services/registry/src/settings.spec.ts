/** The registry's settings. */
import { SettingsError } from '@wscm/runtime';
import { readSettings } from './settings';

describe('the settings', () => {
  it('are the contract’s when none is given, and empty ones count as not given', () => {
    const defaults = {
      ...{ HOST: '127.0.0.1', REGISTRY_PORT: 3000, WSCM_PREFIX: 'wscm', CLIENT_KEY_PREFIX: 'ws_client_' },
      ...{ NATS_URL: 'nats://127.0.0.1:4222', MONGODB_URL: 'mongodb://127.0.0.1:27017/wscm' },
      ...{ MAX_MESSAGE_BYTES: 131_072, LEASE_TTL_MS: 10_000, STREAM_REPLICAS: 1 },
    };
    expect(readSettings({})).toMatchObject(defaults);
    expect(readSettings({ REGISTRY_PORT: '', MONGODB_URL: '', HOST: '' })).toMatchObject(defaults);
  });

  it('are refused with one message that names every bad one', () => {
    const bad = {
      ...{ REGISTRY_PORT: '65536', NATS_URL: 'http://nats', MONGODB_URL: 'localhost', WSCM_PREFIX: 'a.b' },
      ...{ MAX_MESSAGE_BYTES: '0', LEASE_TTL_MS: '1e4', COMMAND_TIMEOUT_MS: '-1', TOMBSTONE_TTL_S: '60' },
      ...{ LOG_LEVEL: 'loud', STREAM_REPLICAS: '0' },
    };
    let message = '';
    try {
      readSettings(bad);
    } catch (error) {
      expect(error).toBeInstanceOf(SettingsError);
      message = (error as Error).message;
    }
    for (const [name, value] of Object.entries(bad)) expect(message).toContain(`${name}=${value}: `);
  });

  it.each([
    ['REGISTRY_PORT', '-1'],
    ['REGISTRY_PORT', '3000.5'],
    ['REGISTRY_PORT', 'http'],
    ['WSCM_PREFIX', 'wscm.>'],
    ['WSCM_PREFIX', 'ws cm'],
    ['MONGODB_URL', 'mongodb://'],
    ['CLIENT_KEY_PREFIX', 'x'.repeat(129)],
  ])('do not take %s=%s', (name, value) => {
    expect(() => readSettings({ [name]: value })).toThrow(name);
  });

  it('can’t be changed afterwards', () => {
    expect(Object.isFrozen(readSettings({}))).toBe(true);
  });
});
