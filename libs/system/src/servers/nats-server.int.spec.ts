/** A real nats-server: started, killed and started again on the same streams. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from '../programs/find-program';
import { startNatsServer } from './nats-server';
import { type Server, ServerNotStarted } from './server-process';

jest.setTimeout(60_000);

const FETCH_MS = 300_000;

let storeDir: string;
let server: Server;

beforeAll(async () => {
  await findProgram('nats-server');
}, FETCH_MS);

beforeEach(async () => {
  storeDir = await mkdtemp(join(tmpdir(), 'nats-server-'));
  server = await startNatsServer({ storeDir });
});

afterEach(async () => {
  await server.stop();
  await rm(storeDir, { recursive: true });
});

const CREATE = JSON.stringify({ name: 'KEPT', subjects: ['kept.>'], storage: 'file' });

/** Asks JetStream in NATS's own text protocol, and answers what it says. */
async function askJetStream(subject: string, payload = ''): Promise<string> {
  const socket = connect(server.port, '127.0.0.1').setEncoding('utf8');
  const ask = `PUB $JS.API.${subject} inbox ${payload.length}\r\n${payload}\r\n`;
  socket.write(`CONNECT {"verbose":false}\r\nSUB inbox 1\r\n${ask}`);
  let said = '';
  while (!said.includes('MSG inbox')) said += ((await once(socket, 'data')) as [string])[0];
  socket.destroy();
  return said;
}

test('a server that was killed is started again on the same port and finds its streams', async () => {
  await askJetStream('STREAM.CREATE.KEPT', CREATE);
  const { port } = server;
  await expect(server.kill()).resolves.toEqual({ code: null, signal: 'SIGKILL' });
  server = await startNatsServer({ storeDir, port });
  expect(server.url).toBe(`nats://127.0.0.1:${port}`);
  await expect(askJetStream('STREAM.NAMES')).resolves.toContain('"streams":["KEPT"]');
});

test('what is configured besides is taken', async () => {
  await server.stop();
  server = await startNatsServer({ storeDir, config: { max_payload: 4096 } });
  const [greeting] = (await once(connect(server.port, '127.0.0.1').setEncoding('utf8').unref(), 'data')) as [string];
  expect(greeting).toContain('"max_payload":4096');
});

test('a port that is taken is told with the words of the log', async () => {
  const other = startNatsServer({ storeDir: join(storeDir, 'other'), port: server.port });
  await expect(other).rejects.toBeInstanceOf(ServerNotStarted);
  await expect(other).rejects.toThrow(/did not start: exit code 1.*address already in use/s);
});

test('a server that does not answer in time is ended', async () => {
  const program = join(__dirname, '../../fixtures/silent-server.sh');
  const start = startNatsServer({ program, storeDir: join(storeDir, 'silent'), deadlineMs: 200 });
  await expect(start).rejects.toThrow(/nats-server did not start: no answer within 0.2 s.\n {2}I say nothing/);
});

test('a start is given up when its signal is aborted', async () => {
  const program = join(__dirname, '../../fixtures/silent-server.sh');
  const start = startNatsServer({ program, storeDir: join(storeDir, 'silent'), signal: AbortSignal.timeout(100) });
  await expect(start).rejects.toThrow('The operation was aborted due to timeout');
});
