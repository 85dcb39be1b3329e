/** What a person reads when a port can't be had. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { readSettings } from './settings';
import { refuseTakenPorts } from './taken-ports';
import { wantedPorts } from './wanted-ports';

const FREE = { GATEWAY_PORT: '0', GATEWAY_ADMIN_PORT: '0', REGISTRY_PORT: '0', NATS_PORT: '0', MONGODB_PORT: '0' };

const check = (env: NodeJS.ProcessEnv, gateways = 1): Promise<void> =>
  refuseTakenPorts(wantedPorts(readSettings({ ...FREE, ...env }), { gateway: gateways, registry: 1 }));

async function occupied(work: (port: number) => Promise<void>): Promise<void> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  await work((server.address() as AddressInfo).port).finally(() => server.close());
}

test.each([
  ['GATEWAY_PORT', 'WebSocket'],
  ['GATEWAY_ADMIN_PORT', 'gateway-1'],
  ['REGISTRY_PORT', 'registry-1'],
  ['NATS_PORT', 'nats-server'],
  ['MONGODB_PORT', 'mongod'],
])('a port in use is one line that names %s', async (variable, owner) => {
  await occupied(async (port) => {
    const line = `Port ${port} is in use; set ${variable} to another one (${owner} wants it).`;
    await expect(check({ [variable]: String(port) })).rejects.toThrow(new Error(line));
  });
});

test('the ports that further replicas take are looked at too', async () => {
  await occupied(async (port) => {
    const env = { GATEWAY_ADMIN_PORT: String(port - 2) };
    await expect(check(env, 3)).rejects.toThrow(`${port} is in use; set GATEWAY_ADMIN_PORT to another one (gateway-3`);
  });
});

test('two that want the same port are told so', async () => {
  const env = { GATEWAY_PORT: '40002', GATEWAY_ADMIN_PORT: '40001' };
  const line = 'Port 40002 is wanted by WebSocket and gateway-2; set GATEWAY_ADMIN_PORT to another one.';
  await expect(check(env, 2)).rejects.toThrow(line);
});

test('ports of servers that are not started do not matter', async () => {
  await occupied(async (port) => {
    const env = { NATS_PORT: String(port), NATS_URL: 'nats://127.0.0.1:1' };
    await expect(check(env)).resolves.toBeUndefined();
  });
});

test('an address that is not of this machine is told', async () => {
  const env = { HOST: '192.0.2.1', GATEWAY_PORT: '40001' };
  await expect(check(env)).rejects.toThrow('EADDRNOTAVAIL); set HOST to an address of this machine.');
});
