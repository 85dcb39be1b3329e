/** The NATS service as its callers see it. */
import { Problem } from '@wscm/contracts';
import { eventually, startTestNats, type TestServer } from '@wscm/testing';
import { type Msg } from 'nats';
import { Bus } from './bus';
import { type NatsService, serveNatsService, type ServiceEndpoint, type ServiceRequest } from './nats-service';

let nats: TestServer;
let caller: Bus;
let servers: { bus: Bus; service: NatsService }[];

beforeAll(async () => {
  nats = await startTestNats();
}, 120_000);

afterAll(() => nats.stop());

beforeEach(async () => {
  servers = [];
  caller = await connect('caller');
});

afterEach(async () => {
  for (const { bus, service } of servers) {
    await service.stop();
    await bus.close();
  }
  await caller.close();
});

const connect = (name: string) => Bus.connect({ url: nats.url, name, maxMessageBytes: 1024 });

async function serve(...endpoints: Partial<ServiceEndpoint>[]): Promise<NatsService> {
  const bus = await connect('server');
  const service = await serveNatsService(bus, {
    name: 'wscm',
    version: '1.2.3',
    description: 'what it is for',
    endpoints: endpoints.map((endpoint) => ({
      name: 'get',
      subject: 'wscm.get',
      metadata: {},
      handle: () => Promise.resolve({ answer: null }),
      ...endpoint,
    })),
  });
  servers.push({ bus, service });
  await bus.connection.flush();
  return service;
}

/** As any NATS client asks. */
const ask = (subject: string, data = '', timeout = 5_000): Promise<Msg> =>
  caller.connection.request(subject, data, { timeout });

const listed = async (): Promise<Record<string, unknown>> => (await ask('$SRV.INFO.wscm')).json();

test('an endpoint answers with JSON, and no error headers', async () => {
  const seen: ServiceRequest[] = [];
  await serve({
    handle: (request) => {
      seen.push(request);
      return Promise.resolve({ answer: { count: 3, name: 'ä' } });
    },
  });
  const answer = await ask('wscm.get', 'verbatim {');
  expect(answer.json()).toEqual({ count: 3, name: 'ä' });
  expect(answer.headers?.get('Nats-Service-Error-Code') ?? '').toBe('');
  expect(seen).toMatchObject([{ subject: 'wscm.get', data: Buffer.from('verbatim {') }]);
  expect(seen[0]!.header('content-type')).toBe('');
});

test('a problem is told in the headers and in full in the body', async () => {
  const problem = new Problem('gone', 'left an hour ago');
  await serve({ handle: () => Promise.resolve({ problem }) });
  const answer = await ask('wscm.get');
  expect(answer.headers?.get('Nats-Service-Error-Code')).toBe('410');
  expect(answer.headers?.get('Nats-Service-Error')).toBe('left an hour ago');
  expect(answer.json()).toEqual(problem.toDetails());
});

test('a problem of several lines and other scripts gets through as one line', async () => {
  const problem = new Problem('badRequest', 'first\r\n\tsecond ✓\nNats-Service-Error-Code: 200');
  await serve({ handle: () => Promise.resolve({ problem }) });
  const answer = await ask('wscm.get');
  expect(answer.headers?.values('Nats-Service-Error-Code')).toEqual(['400']);
  expect(answer.headers?.get('Nats-Service-Error')).toBe('first second ✓ Nats-Service-Error-Code: 200');
});

test('an endpoint below a wildcard gets the whole subject', async () => {
  await serve({ subject: 'wscm.get.>', handle: ({ subject }) => Promise.resolve({ answer: subject }) });
  expect((await ask('wscm.get.g.s')).json()).toBe('wscm.get.g.s');
  await expect(ask('wscm.get')).rejects.toThrow('503');
});

test('headers of the request are read', async () => {
  await serve({ handle: (request) => Promise.resolve({ answer: request.header('content-type') }) });
  const answer = await caller.request('wscm.get', '', { timeoutMs: 5_000, headers: { 'content-type': 'x/y' } });
  expect(Buffer.from(answer).toString()).toBe('"x/y"');
});

test('what is published without awaiting an answer is done as well', async () => {
  const seen: string[] = [];
  const handle = ({ data }: ServiceRequest) => {
    seen.push(Buffer.from(data).toString());
    return Promise.resolve(seen.length === 1 ? { answer: null } : { problem: new Problem('notFound') });
  };
  await serve({ handle });
  caller.publish('wscm.get', 'one');
  caller.publish('wscm.get', 'two');
  await eventually(() => expect(seen).toEqual(['one', 'two']));
  expect((await ask('wscm.get', 'three')).headers?.get('Nats-Service-Error-Code')).toBe('404');
});

test('the service is listed with its endpoints', async () => {
  await serve(
    { name: 'get', subject: 'wscm.get.>', metadata: { request: 'empty', response: 'the client' } },
    { name: 'count', subject: 'wscm.count' },
  );
  await expect(listed()).resolves.toMatchObject({
    name: 'wscm',
    version: '1.2.3',
    description: 'what it is for',
    endpoints: [
      { name: 'get', subject: 'wscm.get.>', metadata: { request: 'empty', response: 'the client' } },
      { name: 'count', subject: 'wscm.count' },
    ],
  });
});

test('each request is taken by one of several servers, and all of them get some', async () => {
  const taken = [0, 0];
  for (const index of taken.keys())
    await serve({ handle: () => Promise.resolve({ answer: (taken[index] = taken[index]! + 1) }) });
  await Promise.all(Array.from({ length: 60 }, () => ask('wscm.get')));
  expect(taken[0]! + taken[1]!).toBe(60);
  expect(Math.min(...taken)).toBeGreaterThan(0);
});

test('after a stop it takes no request and is not listed, and what it had taken is answered', async () => {
  let taken = false;
  let goOn = (): void => undefined;
  const released = new Promise<void>((resolve) => (goOn = resolve));
  const service = await serve({
    handle: async () => {
      taken = true;
      await released;
      return { answer: 'late' };
    },
  });
  const early = ask('wscm.get');
  await eventually(() => expect(taken).toBe(true));
  await service.stop();
  await expect(ask('wscm.get')).rejects.toThrow('503');
  await expect(listed()).rejects.toThrow('503');
  goOn();
  expect((await early).json()).toBe('late');
});

test('it answers again after NATS was killed and came back', async () => {
  await serve({ handle: () => Promise.resolve({ answer: 'here' }) });
  await nats.killAndRestart();
  await eventually(async () => expect((await ask('wscm.get', '', 200)).json()).toBe('here'));
  await expect(listed()).resolves.toMatchObject({ name: 'wscm' });
});

test('stopping and closing leaves no socket and no timer', async () => {
  const open = () => process.getActiveResourcesInfo().filter((what) => /TCP|Timeout/.test(what));
  const before = open();
  await serve({});
  await ask('wscm.get').then(({ data }) => expect(data).toHaveLength(4));
  const [server] = servers.splice(0);
  await server!.service.stop();
  await server!.bus.close();
  await eventually(() => expect(open()).toEqual(before));
});
