/** Streams in a NATS cluster: each event on several servers, from a start before the cluster is complete. */
import { subjectsOf } from '@wscm/contracts';
import { freePort } from '@wscm/system';
import { startTestNats, type TestServer } from '@wscm/testing';
import { Bus } from './bus';
import { awaitStreams, ensureStreams } from './event-stream';

jest.setTimeout(120_000);

const CLUSTER = 3;

const subjects = subjectsOf('test');
let servers: TestServer[];
let buses: Bus[];

beforeEach(() => {
  servers = [];
  buses = [];
});

afterEach(async () => {
  await Promise.all(buses.map((bus) => bus.close()));
  await Promise.all(servers.map((server) => server.stop()));
});

async function startServers(configs: object[]): Promise<void> {
  servers.push(...(await Promise.all(configs.map((config) => startTestNats({ ...config })))));
}

async function clusterOfThree(): Promise<object[]> {
  const ports = await Promise.all(Array.from({ length: CLUSTER }, () => freePort()));
  const routes = ports.map((port) => `nats://127.0.0.1:${port}`);
  return ports.map((port) => ({ cluster: { name: 'test', host: '127.0.0.1', port, routes } }));
}

async function connect(): Promise<Bus> {
  const url = servers.map((server) => server.url).join(',');
  const bus = await Bus.connect({ url, name: 'test', maxMessageBytes: 1024 });
  buses.push(bus);
  return bus;
}

const copiesOf = async (bus: Bus, stream: string): Promise<unknown> => {
  const jsm = await bus.connection.jetstreamManager();
  const { config, cluster } = await jsm.streams.info(stream);
  return [config.num_replicas, 1 + (cluster?.replicas?.length ?? 0)];
};

test('a start waits until the cluster has the servers that the replicas need', async () => {
  const configs = await clusterOfThree();
  await startServers(configs.slice(0, 2));
  const bus = await connect();
  await expect(awaitStreams(bus, subjects, CLUSTER, 0)).rejects.toThrow('STREAM_REPLICAS=3');
  const made = awaitStreams(bus, subjects, CLUSTER);
  await startServers(configs.slice(2));
  await made;
  await expect(copiesOf(bus, subjects.stream)).resolves.toEqual([3, 3]);
  await expect(copiesOf(bus, subjects.deadLetterStream)).resolves.toEqual([3, 3]);
});

test('a stream that exists keeps its replicas', async () => {
  await startServers(await clusterOfThree());
  const bus = await connect();
  await awaitStreams(bus, subjects, 1);
  await ensureStreams(bus, subjects, CLUSTER);
  await expect(copiesOf(bus, subjects.stream)).resolves.toEqual([1, 1]);
});

test('without a cluster, more than one replica is refused at once', async () => {
  await startServers([{}]);
  const started = awaitStreams(await connect(), subjects, CLUSTER, 600_000);
  await expect(started).rejects.toMatchObject({
    cause: { message: expect.stringContaining('non-clustered') as string },
  });
});
