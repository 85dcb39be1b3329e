/**
 * The cases of the Autobahn test suite against the socket server's own options, with an echo in place of the session. They
 * are driven from Python: where that, pip or the package can't be had, the test says so and is skipped.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { scratchFolder, type Scratch } from '@wscm/testing';
import uWS, { type us_listen_socket } from 'uWebSockets.js';
import { wireLimits } from '../socket-server';

const run = promisify(execFile);
const PACKAGE = 'kosoku==0.1.0';
const CACHE = process.env['WSCM_CACHE_DIR'] ?? resolve(__dirname, '../../../../.cache');
const MIB = 1_048_576;

let scratch: Scratch;
let listening: us_listen_socket;
beforeAll(async () => (scratch = await scratchFolder()));
afterAll(() => scratch.remove());
beforeEach(async () => {
  const limits = wireLimits({ maxMessageBytes: 16 * MIB, idleTimeoutS: 120, maxBackpressureBytes: 64 * MIB });
  const app = uWS.App().ws('/*', { ...limits, message: (socket, data, isBinary) => void socket.send(data, isBinary) });
  listening = await new Promise((done, reject) =>
    app.listen('127.0.0.1', 0, (socket) => (socket ? done(socket) : reject(new Error('no port')))),
  );
});
afterEach(() => uWS.us_listen_socket_close(listening));

/** Where the package is installed, from a run before or now; else why it can't be had. */
async function installed(): Promise<{ folder: string } | { reason: string }> {
  const folder = join(CACHE, PACKAGE.replace('==', '-'));
  if (await stat(folder).catch(() => undefined)) return { folder };
  await mkdir(CACHE, { recursive: true });
  const fresh = await mkdtemp(join(CACHE, 'installing-'));
  try {
    const install = ['-m', 'pip', 'install', '--quiet', '--target', fresh, PACKAGE];
    await run('python3', install, { timeout: 60_000 });
    await rename(fresh, folder);
    return { folder };
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    return { reason: (error as Error).message };
  }
}

test('groups 1 to 7 and 10 all pass', async () => {
  const found = await installed();
  if ('reason' in found) {
    process.stderr.write(`skipped, since ${PACKAGE} can't be had: ${found.reason}\n`);
    return;
  }
  const cases = [1, 2, 3, 4, 5, 6, 7, 10].flatMap((group) => ['-i', `${group}.*`]);
  const address = `127.0.0.1:${uWS.us_socket_local_port(listening)}`;
  const { stdout, stderr } = await run(
    'python3',
    [join(found.folder, 'bin/kosoku'), '-m', 'fuzzingclient', '-p', '4', '-o', scratch.path, ...cases, address],
    { env: { PATH: process.env['PATH'], PYTHONPATH: found.folder }, timeout: 60_000 },
  );
  expect(stdout + stderr).toContain('247 cases passed');
}, 130_000);
