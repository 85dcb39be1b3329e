/** The whole system with stand-ins for its services: what happens when parts of it fail, die or end. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Interrupts } from '../cli/interrupts';
import { runSystem } from '../cli/run-cli';
import { findProgram } from '../programs/find-program';
import { freePort, listenFault } from '../servers/free-port';
import { StartFailed } from '../start-failed';
import { waitUntil } from '../wait-until';
import { ReplicaNotStarted } from './replica';
import { BadSettings } from './settings';
import { startSystem, type SystemOptions } from './start-system';
import type { System } from './system';

jest.setTimeout(60_000);

const FETCH_MS = 900_000;
const FIXTURES = join(__dirname, '../../fixtures');
const settings = join(FIXTURES, 'fake-settings.cjs');
const SERVICES = {
  gateway: { main: join(FIXTURES, 'fake-gateway.cjs'), settings },
  registry: { main: join(FIXTURES, 'fake-registry.cjs'), settings },
};
const FREE_PORTS = {
  GATEWAY_PORT: '0',
  GATEWAY_ADMIN_PORT: '0',
  REGISTRY_PORT: '0',
  NATS_PORT: '0',
  MONGODB_PORT: '0',
};
const GIVEN_SERVERS = { NATS_URL: 'nats://192.0.2.1:4222', MONGODB_URL: 'mongodb://192.0.2.1/wscm' };

let lines: string[];
let systems: System[];

beforeEach(() => {
  lines = [];
  systems = [];
});

afterEach(() => Promise.all(systems.map((system) => system.stop())));

/** A system of stand-ins; on given servers, which the stand-ins never call, unless `env` says otherwise. */
function options(more: Partial<SystemOptions> = {}, env: NodeJS.ProcessEnv = GIVEN_SERVERS): SystemOptions {
  const log = (line: string): unknown => lines.push(line);
  return {
    services: SERVICES,
    log: (line) => void log(line),
    ...more,
    env: { ...process.env, ...FREE_PORTS, ...env, ...more.env },
  };
}

async function start(more: Partial<SystemOptions> = {}, env?: NodeJS.ProcessEnv): Promise<System> {
  const system = await startSystem(options(more, env));
  systems.push(system);
  return system;
}

const names = (system: System): string[] => system.replicas.map(({ name }) => name);
const said = (words: string): Promise<unknown> =>
  waitUntil(() => Promise.resolve(lines.some((line) => line.includes(words)) || undefined), { deadlineMs: 10_000 });

/** Whether a process is there. */
function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const settingsOf = (name: string): unknown =>
  JSON.parse(lines.find((line) => line.startsWith(`${name} | {`))!.slice(`${name} | `.length));

/** Other tests use ports at the same time. */
async function firstOfTwoFree(): Promise<number> {
  const port = await freePort();
  return (await listenFault(port + 1, '127.0.0.1')) === undefined ? port : firstOfTwoFree();
}

test('gateways share a port, and each replica has one of its own', async () => {
  const GATEWAY_ADMIN_PORT = String(await firstOfTwoFree());
  const system = await start({ gateways: 2, registries: 2 }, { ...GIVEN_SERVERS, GATEWAY_ADMIN_PORT });
  expect(names(system)).toEqual(['registry-1', 'registry-2', 'gateway-1', 'gateway-2']);
  const [one, two] = [settingsOf('gateway-1'), settingsOf('gateway-2')] as Record<string, string>[];
  expect(one).toMatchObject({ GATEWAY_ADMIN_PORT, NATS_URL: GIVEN_SERVERS.NATS_URL });
  expect(two).toMatchObject({ GATEWAY_ADMIN_PORT: String(Number(GATEWAY_ADMIN_PORT) + 1) });
  expect(one!['GATEWAY_PORT']).toBe(two!['GATEWAY_PORT']);
  expect(settingsOf('registry-2')).toMatchObject(GIVEN_SERVERS);
  expect(system.urls.webSocket).toBe(`ws://127.0.0.1:${one!['GATEWAY_PORT']}`);
});

test('stop leaves no process', async () => {
  const system = await start({ gateways: 2 });
  const pids = system.replicas.map(({ pid }) => pid);
  expect(pids.map(lives)).toEqual([true, true, true]);
  await system.stop();
  expect(pids.map(lives)).toEqual([false, false, false]);
  expect(system.replicas).toEqual([]);
});

test('a replica that dies is reported, the rest goes on, and another one can be started', async () => {
  const system = await start({ gateways: 2 });
  const [first] = system.replicas.filter(({ kind }) => kind === 'gateway');
  await first!.kill();
  await said(`gateway-1 (pid ${first!.pid}) died with signal SIGKILL; left: gateway-2.`);
  await system.start('gateway');
  expect(names(system)).toEqual(['registry-1', 'gateway-2', 'gateway-3']);
});

test('a replica that fails at its start ends all, and its words are told', async () => {
  const failing = start({ gateways: 2, env: { FAKE_FAULT: 'exit' } });
  await expect(failing).rejects.toBeInstanceOf(ReplicaNotStarted);
  await expect(failing).rejects.toThrow(
    'registry-1 ended with exit code 3 before it was ready.\n  first words\n  MAX_MESSAGE_BYTES must be a number',
  );
  expect(lines).toEqual([]);
});

test('a service that was not built is told', async () => {
  const services = { ...SERVICES, gateway: { main: '/no/such/main.js', settings: '/no/such/settings.js' } };
  const failing = start({ services });
  await expect(failing).rejects.toBeInstanceOf(StartFailed);
  await expect(failing).rejects.toThrow(/^\/no\/such\/settings.js can't be loaded: .*; npm run build makes it.$/s);
});

test('bad settings of this library and of all services are told in one message before anything starts', async () => {
  const failing = start({ env: { NATS_PORT: 'x', FAKE_FAULT: 'settings' } });
  await expect(failing).rejects.toThrow(
    new BadSettings(['NATS_PORT=x: must be a whole number from 0 to 65535', 'FAKE_FAULT=settings: is bad']),
  );
});

/** Interrupts that a test gives. */
function interrupts(): Interrupts & { readonly giveOrderly: () => void; readonly giveQuick: () => void } {
  const [orderly, quick] = [new AbortController(), new AbortController()];
  return {
    orderly: orderly.signal,
    quick: quick.signal,
    dispose: () => undefined,
    giveOrderly: () => orderly.abort(),
    giveQuick: () => quick.abort(),
  };
}

const run = (by: Interrupts, more: Partial<SystemOptions> = {}, env?: NodeJS.ProcessEnv): Promise<number> => {
  const all = options(more, env);
  return runSystem({ ...all, log: all.log! }, by);
};

/** The pids in the text that a person reads. */
const pidsTold = (): number[] => [...lines.join('\n').matchAll(/ {2}pid (\d+)/g)].map(([, pid]) => Number(pid));

test('the last of a kind that dies ends everything with exit code 1', async () => {
  const running = run(interrupts(), { gateways: 2 });
  await said('The system is ready');
  const pids = pidsTold();
  expect(pids.map(lives)).toEqual([true, true, true]);
  process.kill(pids[1]!, 'SIGKILL');
  await said('left: gateway-2');
  process.kill(pids[2]!, 'SIGKILL');
  await expect(running).resolves.toBe(1);
  expect(lines).toContain('The last gateway has died: ending everything.');
  expect(pids.map(lives)).toEqual([false, false, false]);
});

test('a second interrupt kills those that do not end', async () => {
  const by = interrupts();
  const running = run(by, { env: { FAKE_FAULT: 'deaf' } });
  await said('The system is ready');
  by.giveOrderly();
  await said('Ending everything');
  const pids = pidsTold();
  expect(pids.map(lives)).toEqual([true, true]);
  by.giveQuick();
  await expect(running).resolves.toBe(0);
  expect(pids.map(lives)).toEqual([false, false]);
});

describe('with real servers', () => {
  let dataDir: string;

  beforeAll(async () => {
    await findProgram('nats-server');
    await findProgram('mongod');
  }, FETCH_MS);

  beforeEach(async () => (dataDir = await mkdtemp(join(tmpdir(), 'system-'))));
  afterEach(() => rm(dataDir, { recursive: true }));

  test('servers are started for what has no URL, and ended last', async () => {
    const by = interrupts();
    const running = run(by, {}, { WSCM_DATA_DIR: dataDir });
    await said('The system is ready');
    const pids = pidsTold();
    expect(pids.map(lives)).toEqual([true, true, true, true]);
    expect(settingsOf('registry-1')).toEqual(
      expect.objectContaining({
        NATS_URL: expect.stringMatching(/^nats:\/\/127\.0\.0\.1:\d+$/) as unknown,
        MONGODB_URL: expect.stringMatching(/^mongodb:\/\/127\.0\.0\.1:\d+\/wscm\?replicaSet=rs0$/) as unknown,
      }),
    );
    by.giveOrderly();
    await expect(running).resolves.toBe(0);
    expect(lines.slice(-4)).toEqual(
      ['gateway-1', 'registry-1', 'mongod', 'nats-server'].map((one) => `${one} has ended.`),
    );
    expect(pids.map(lives)).toEqual([false, false, false, false]);
  });

  test('a server that dies is the last of its kind', async () => {
    const system = await start({}, { WSCM_DATA_DIR: dataDir });
    const natsServer = system.servers.find(({ kind }) => kind === 'nats-server');
    await natsServer!.kill();
    await expect(system.kindLost).resolves.toBe('nats-server');
    await system.stop();
  });

  test('an interrupt while it starts leaves nothing running', async () => {
    const by = interrupts();
    const running = run(by, {}, { WSCM_DATA_DIR: dataDir });
    by.giveOrderly();
    await expect(running).resolves.toBe(0);
    expect(lines.at(-1)).toBe('Given up, nothing is left running.');
  });
});
