/** What traces cost where they are off or their collector is dead: nothing of OpenTelemetry, and no delay. */
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { eventually, type Scratch, scratchFolder } from '@wscm/testing';
import { RunningSystem } from './running-system';

/** Writes at the end of each process which modules it has loaded. */
const SPY = `
const { writeFileSync } = require('node:fs');
process.on('exit', (code) => {
  const modules = Object.keys(require('node:module')._cache);
  writeFileSync(__dirname + '/' + process.pid + '.json', JSON.stringify({ code, modules }));
});`;

/** Not OpenTelemetry's API, which the Prometheus client loads. */
const SDK = /@opentelemetry\/(?!api\/)|libs\/tracing\/dist\/sdk/;

let scratch: Scratch;

beforeEach(async () => {
  scratch = await scratchFolder();
  await writeFile(join(scratch.path, 'spy.cjs'), SPY);
});
afterEach(() => scratch.remove());

it('loads nothing and adds no header where no endpoint is set', async () => {
  const running = await startSpied({});
  await talk(running);
  expect(await traceparents(running)).toEqual(['', '', '']);
  await running.stop();
  for (const service of ['gateway', 'registry']) {
    const { code, modules } = await endOf(service);
    expect(code).toBe(0);
    expect(modules.filter((name) => SDK.test(name))).toEqual([]);
  }
}, 60_000);

it('neither waits for a collector that never answers, nor fails', async () => {
  const collector = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(collector, 'listening');
  const running = await startSpied({ OTEL_EXPORTER_OTLP_ENDPOINT: urlOf(collector), OTEL_BSP_SCHEDULE_DELAY: '50' });
  const startedAt = performance.now();
  await talk(running);
  expect(performance.now() - startedAt).toBeLessThan(5_000);
  for (const header of await traceparents(running)) expect(header).toMatch(/^00-\w{32}-\w{16}-01$/);
  const stoppedAt = performance.now();
  await running.stop();
  expect(performance.now() - stoppedAt).toBeLessThan(15_000);
  for (const service of ['gateway', 'registry']) {
    const { code, modules } = await endOf(service);
    expect(code).toBe(0);
    expect(modules.some((name) => SDK.test(name))).toBe(true);
  }
  collector.close();
}, 60_000);

const urlOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const startSpied = (env: Record<string, string>): Promise<RunningSystem> =>
  RunningSystem.start(
    { gateways: 1, registries: 1 },
    { ...env, NODE_OPTIONS: `--require ${join(scratch.path, 'spy.cjs')}` },
  );

/** A message each way. */
async function talk(running: RunningSystem): Promise<void> {
  const client = await running.connect();
  client.send('up');
  expect((await running.send(client.replyId, 'down')).status).toBe(200);
  await client.untilReceived(1);
  const told = { messagesFromClient: 1, messagesToClient: 1 };
  await eventually(async () => expect((await running.list()).get(client.replyId)).toMatchObject(told));
}

/** Of the last event of each kind. */
async function traceparents(running: RunningSystem): Promise<string[]> {
  const { streams } = await running.nats.jetstreamManager();
  const events = ['connected', 'message', 'delivered'].map((kind) =>
    streams.getMessage('WSCM_EVENTS', { last_by_subj: `wscm.events.${kind}.>` }),
  );
  return (await Promise.all(events)).map(({ header }) => header.get('traceparent'));
}

interface End {
  code: number;
  modules: string[];
}

async function endOf(service: string): Promise<End> {
  const files = (await readdir(scratch.path)).filter((name) => name.endsWith('.json'));
  const ends = await Promise.all(
    files.map(async (file) => JSON.parse(await readFile(join(scratch.path, file), 'utf8')) as End),
  );
  const found = ends.find(({ modules }) => modules.some((name) => name.endsWith(`services/${service}/dist/main.js`)));
  if (!found) throw new Error(`no ${service} has ended`);
  return found;
}
