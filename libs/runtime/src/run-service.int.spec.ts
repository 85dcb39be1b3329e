/** The life of a service process, seen from outside: exit codes, and what it says. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { transformFile } from '@swc/core';

/** A service that says what happens to it, and fails as FAULT tells it. */
const FIXTURE = `
  const { runService, parseSettings } = require('./index.js');
  const { z } = require('zod');
  const settings = z.object({ FAULT: z.string().default('none'), PORT: z.string().regex(/^[0-9]+$/, 'must be digits').default('1') });
  const never = new Promise(() => undefined);
  const goOn = () => new Promise((resolve) => process.stdin.once('data', resolve));
  runService(async (env) => {
    const { FAULT } = parseSettings(settings, env);
    if (FAULT === 'start') throw new Error("can't start", { cause: new Error('no such host') });
    if (FAULT === 'slow start') {
      console.log('starting');
      await goOn();
    }
    setInterval(() => undefined, 1000);
    let hurried = () => undefined;
    setImmediate(() => console.log('ready'));
    return {
      stop: async () => {
        console.log('stopping');
        if (FAULT === 'stop') throw new Error("can't stop");
        if (FAULT === 'slow stop') await Promise.race([goOn(), new Promise((resolve) => (hurried = resolve))]);
        if (FAULT === 'endless stop') await never;
        console.log('stopped');
      },
      hurry: () => {
        console.log('hurrying');
        hurried();
      },
      failed: FAULT === 'later' ? goOn().then(() => new Error('the socket is lost')) : never,
    };
  }, process.env);
`;

let folder: string;
let services: Service[];

/** The sources as they are, compiled to where a process without a compiler can load them. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'runtime-'));
  const sources = (await readdir(__dirname)).filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'));
  for (const source of sources) {
    const jsc = { target: 'es2022', parser: { syntax: 'typescript' } } as const;
    const { code } = await transformFile(join(__dirname, source), { jsc, module: { type: 'commonjs' }, swcrc: false });
    await writeFile(join(folder, `${basename(source, '.ts')}.js`), code);
  }
  await writeFile(join(folder, 'service.js'), FIXTURE);
});

afterAll(() => rm(folder, { recursive: true }));

beforeEach(() => {
  services = [];
});

afterEach(async () => {
  for (const { child, ended } of services) {
    child.kill('SIGKILL');
    await ended;
  }
});

class Service {
  out = '';
  err = '';
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<{ code: number | null; signal: string | null }>;

  constructor(env: Record<string, string>) {
    const NODE_PATH = join(__dirname, '../../../node_modules');
    this.child = spawn(process.execPath, [join(folder, 'service.js')], { env: { ...env, NODE_PATH } });
    this.child.stdout.on('data', (data: Buffer) => (this.out += data.toString()));
    this.child.stderr.on('data', (data: Buffer) => (this.err += data.toString()));
    this.ended = new Promise((resolve) => this.child.once('close', (code, signal) => resolve({ code, signal })));
    services.push(this);
  }

  async says(word: string): Promise<this> {
    while (!this.out.includes(word)) await once(this.child.stdout, 'data');
    return this;
  }
}

const running = (env: Record<string, string> = {}): Promise<Service> => new Service(env).says('ready');

test.each(['SIGTERM', 'SIGINT'] as const)('%s ends it in order, with 0', async (signal) => {
  const service = await running();
  service.child.kill(signal);
  await expect(service.ended).resolves.toEqual({ code: 0, signal: null });
  expect(service).toMatchObject({ out: 'ready\nstopping\nstopped\n', err: '' });
});

test('bad settings end it with 1 and one message', async () => {
  const service = new Service({ PORT: 'eighty' });
  await expect(service.ended).resolves.toEqual({ code: 1, signal: null });
  expect(service).toMatchObject({ out: '', err: 'Bad settings:\n  PORT=eighty: must be digits\n' });
});

test('a start that fails tells the causes in one line, and ends it with 1', async () => {
  const service = new Service({ FAULT: 'start' });
  await expect(service.ended).resolves.toEqual({ code: 1, signal: null });
  expect(service).toMatchObject({ out: '', err: "can't start: no such host\n" });
});

test('LOG_LEVEL=debug tells where it went wrong', async () => {
  const service = new Service({ FAULT: 'start', LOG_LEVEL: 'debug' });
  await service.ended;
  expect(service.err).toMatch(/can't start\n +at .*service\.js/);
});

test.each([
  ['SIGTERM', 'SIGTERM'],
  ['SIGINT', 'SIGTERM'],
  ['SIGTERM', 'SIGINT'],
] as const)('a second signal makes it hurry (%s, %s)', async (first, second) => {
  const service = await running({ FAULT: 'slow stop' });
  service.child.kill(first);
  await service.says('stopping');
  service.child.kill(second);
  await expect(service.ended).resolves.toEqual({ code: 0, signal: null });
  expect(service).toMatchObject({ out: 'ready\nstopping\nhurrying\nstopped\n', err: '' });
});

test('a third signal ends it at once, with 1', async () => {
  const service = await running({ FAULT: 'endless stop' });
  service.child.kill('SIGTERM');
  await service.says('stopping');
  service.child.kill('SIGTERM');
  await service.says('hurrying');
  service.child.kill('SIGTERM');
  await expect(service.ended).resolves.toEqual({ code: 1, signal: null });
  expect(service.out).not.toContain('stopped');
});

test('a slow end is waited for', async () => {
  const service = await running({ FAULT: 'slow stop' });
  service.child.kill('SIGTERM');
  await service.says('stopping');
  service.child.stdin.write('go on\n');
  await expect(service.ended).resolves.toEqual({ code: 0, signal: null });
  expect(service.out).toContain('stopped');
});

test('an end that fails is told, with 1', async () => {
  const service = await running({ FAULT: 'stop' });
  service.child.kill('SIGTERM');
  await expect(service.ended).resolves.toEqual({ code: 1, signal: null });
  expect(service.err).toBe("can't stop\n");
});

test('a service that fails by itself is ended in order, and the failure told, with 1', async () => {
  const service = await running({ FAULT: 'later' });
  service.child.stdin.write('go on\n');
  await expect(service.ended).resolves.toEqual({ code: 1, signal: null });
  expect(service).toMatchObject({ out: 'ready\nstopping\nstopped\n', err: 'the socket is lost\n' });
});

test('a signal during the start ends it at once, with 0', async () => {
  const service = await new Service({ FAULT: 'slow start' }).says('starting');
  service.child.kill('SIGTERM');
  await expect(service.ended).resolves.toEqual({ code: 0, signal: null });
  expect(service).toMatchObject({ out: 'starting\n', err: '' });
});
