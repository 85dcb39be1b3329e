/** A nats-server and a mongod of a test's own: on free ports, gone afterwards. */
import { join } from 'node:path';
import { type Server, startMongod, startNatsServer } from '@wscm/system';
import { scratchFolder } from './scratch';

export interface TestServer {
  url: string;
  /** Kills it as power loss would, and starts it again on the same data and port. */
  killAndRestart(): Promise<void>;
  /** Kills it; `start` brings it back on the same data and port. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Stops its process, with its connections open, until `thaw`. */
  freeze(): void;
  thaw(): void;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

/** `config`: more of nats-server's configuration. */
export const startTestNats = (config: Record<string, unknown> = {}): Promise<TestServer> =>
  startOnScratch((folder, port) => startNatsServer({ storeDir: join(folder, 'nats'), port, config }));

export const startTestMongo = (): Promise<TestServer> =>
  startOnScratch((folder, port) => startMongod({ dbPath: join(folder, 'mongodb'), port }));

async function startOnScratch(
  launch: (folder: string, port: number | undefined) => Promise<Server>,
): Promise<TestServer> {
  const scratch = await scratchFolder();
  let server = await launch(scratch.path, undefined);
  const { port, url } = server;
  const kill = async () => {
    await server.kill();
  };
  const start = async () => {
    server = await launch(scratch.path, port);
  };
  return {
    url,
    kill,
    start,
    freeze: () => process.kill(server.pid, 'SIGSTOP'),
    thaw: () => process.kill(server.pid, 'SIGCONT'),
    killAndRestart: async () => {
      await kill();
      await start();
    },
    stop: async () => {
      await server.stop();
      await scratch.remove();
    },
  };
}
