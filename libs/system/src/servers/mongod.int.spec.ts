/** A real mongod: a replica set of one that stays one whatever happens to it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { findProgram } from '../programs/find-program';
import { freePort } from './free-port';
import { startMongod } from './mongod';
import { type Server, ServerNotStarted } from './server-process';

jest.setTimeout(60_000);

const FETCH_MS = 600_000;

let dbPath: string;
let server: Server;

beforeAll(async () => {
  await findProgram('mongod');
}, FETCH_MS);

beforeEach(async () => {
  dbPath = await mkdtemp(join(tmpdir(), 'mongod-'));
  server = await startMongod({ dbPath });
});

afterEach(async () => {
  await server.stop();
  await rm(dbPath, { recursive: true });
});

/** Works on the database that the URL names. */
async function inDatabase<T>(work: (client: MongoClient) => Promise<T>): Promise<T> {
  const client = new MongoClient(server.url);
  return work(client).finally(() => client.close());
}

const keep = (): Promise<unknown> =>
  inDatabase((client) =>
    client
      .db()
      .collection('kept')
      .insertOne({ a: 1 }, { writeConcern: { w: 'majority' } }),
  );
const kept = (): Promise<number> => inDatabase((client) => client.db().collection('kept').countDocuments());

test('it is a primary that knows transactions, in the database wscm', async () => {
  const name = await inDatabase(async (client) => {
    await client.withSession((session) =>
      session.withTransaction(() => client.db().collection('kept').insertOne({ a: 1 }, { session })),
    );
    return client.db().databaseName;
  });
  expect(name).toBe('wscm');
  await expect(kept()).resolves.toBe(1);
});

test('a server that was killed is started again on the same port and finds its data', async () => {
  await keep();
  const { port } = server;
  await expect(server.kill()).resolves.toEqual({ code: null, signal: 'SIGKILL' });
  server = await startMongod({ dbPath, port });
  expect(server.port).toBe(port);
  await expect(kept()).resolves.toBe(1);
});

test('the same data is served on another port, also after a kill', async () => {
  await keep();
  await server.stop();
  server = await startMongod({ dbPath, port: await freePort() });
  await expect(kept()).resolves.toBe(1);
  await server.kill();
  server = await startMongod({ dbPath, port: await freePort() });
  await expect(kept()).resolves.toBe(1);
});

test('data that another mongod has in use is refused with the words of the log', async () => {
  const other = startMongod({ dbPath });
  await expect(other).rejects.toBeInstanceOf(ServerNotStarted);
  await expect(other).rejects.toThrow(/mongod did not start: exit code 100.\n.*DBPathInUse/);
});

test('a port that is taken is told with the words of the log', async () => {
  const other = startMongod({ dbPath: join(dbPath, 'other'), port: server.port });
  await expect(other).rejects.toThrow(/mongod did not start: exit code 48.\n.*Address already in use/);
});
