/** The transport under more requests than it takes at a time. */
import { promisify } from 'node:util';
import { Bus, ensureStreams } from '@wscm/bus';
import { subjectsOf } from '@wscm/contracts';
import { createLogger } from '@wscm/runtime';
import { eventually, startTestNats, type TestServer } from '@wscm/testing';
import { connect, type Msg, type NatsConnection } from 'nats';
import { BusStrategy, MAX_REQUESTS } from './bus-strategy';

const FURTHER = 10;

const subjects = subjectsOf('flood');
let nats: TestServer;
let bus: Bus;
let client: NatsConnection;
let strategy: BusStrategy;

let taken = 0;
let finish = (): void => undefined;
const finished = new Promise<void>((resolve) => (finish = resolve));

async function answerLate(): Promise<object> {
  taken++;
  await finished;
  return { result: 'done' };
}

beforeAll(async () => {
  nats = await startTestNats();
  client = await connect({ servers: nats.url });
  bus = await Bus.connect({ url: nats.url, name: 'test', maxMessageBytes: 1024 });
  await ensureStreams(bus, subjects);
  const log = createLogger('test', 'silent');
  strategy = new BusStrategy({ bus, subjects, version: '1.0.0', log });
  strategy.addHandler('wait', answerLate, false, { name: 'wait', request: '', response: '' });
  await promisify(strategy.listen.bind(strategy))();
});

afterAll(async () => {
  finish();
  await strategy.close();
  await client.close();
  await bus.close();
  await nats.stop();
});

it('answers 503 to what is too much at a time, finishes what it took, and then takes more', async () => {
  const ask = () => client.request(subjects.endpoint('wait'), '', { timeout: 20_000 });
  const codes: string[] = [];
  const note = (answer: Msg) => codes.push(answer.headers?.get('Nats-Service-Error-Code') ?? '');
  const asked = Promise.all(Array.from({ length: MAX_REQUESTS + FURTHER }, () => ask().then(note)));
  await eventually(() => expect(codes.length + taken).toBe(MAX_REQUESTS + FURTHER));
  expect(taken).toBe(MAX_REQUESTS);
  finish();
  await asked;
  expect(codes.filter((code) => code === '503')).toHaveLength(FURTHER);
  expect(codes.filter((code) => code === '')).toHaveLength(MAX_REQUESTS);
  expect((await ask()).json()).toEqual({ result: 'done' });
});
