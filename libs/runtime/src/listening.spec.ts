/** A port that is taken is told with the name of the variable to set. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { naming } from './listening';

let server: Server;

beforeEach(async () => {
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(async () => {
  server.close();
  await once(server, 'close');
});

async function listen(port: number, host: string): Promise<void> {
  const other = createServer().listen({ port, host, exclusive: true });
  await once(other, 'listening');
  other.close();
  await once(other, 'close');
}

const taken = (): number => (server.address() as AddressInfo).port;

test('a taken port is an error that says which variable to set', async () => {
  const port = taken();
  const listening = naming('GATEWAY_PORT', listen(port, '127.0.0.1'));
  await expect(listening).rejects.toMatchObject({
    message: expect.stringMatching(/set GATEWAY_PORT to another port, or HOST/) as unknown,
    cause: { message: expect.stringContaining(`address already in use 127.0.0.1:${port}`) as unknown },
  });
});

test('an address that is not of this machine says the same', async () => {
  await expect(naming('REGISTRY_PORT', listen(0, '192.0.2.1'))).rejects.toThrow(/set REGISTRY_PORT .*or HOST/);
});

test('a port that is free gives what listening gives', async () => {
  await expect(
    naming(
      'GATEWAY_PORT',
      listen(0, '127.0.0.1').then(() => 'listening'),
    ),
  ).resolves.toBe('listening');
});

test('every other error stays as it is', async () => {
  const error = new Error('something else');
  await expect(naming('GATEWAY_PORT', Promise.reject(error))).rejects.toBe(error);
});
