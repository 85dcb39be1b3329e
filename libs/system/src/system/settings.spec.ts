/** What the environment may say. */
import { join } from 'node:path';
import { REPO_ROOT } from '../repo-root';
import { BadSettings, readSettings } from './settings';

test('an empty environment gives the documented ports', () => {
  expect(readSettings({ NATS_URL: '', GATEWAY_PORT: '' })).toEqual({
    host: '127.0.0.1',
    ports: { GATEWAY_PORT: 8080, GATEWAY_ADMIN_PORT: 8081, REGISTRY_PORT: 3000, NATS_PORT: 4222, MONGODB_PORT: 27017 },
    natsUrl: undefined,
    mongodbUrl: undefined,
    dataDir: join(REPO_ROOT, '.data'),
  });
});

test('one message names every bad variable', () => {
  const env = { GATEWAY_PORT: '80a', REGISTRY_PORT: '3000', NATS_PORT: '-1', MONGODB_PORT: '65536' };
  const others = ['NATS_PORT=-1: must be a whole number from 0 to 65535', 'IDLE_TIMEOUT_S=x: is bad'];
  expect(() => readSettings(env, others)).toThrow(
    new BadSettings([
      'GATEWAY_PORT=80a: must be a whole number from 0 to 65535',
      'NATS_PORT=-1: must be a whole number from 0 to 65535',
      'MONGODB_PORT=65536: must be a whole number from 0 to 65535',
      'IDLE_TIMEOUT_S=x: is bad',
    ]),
  );
});
