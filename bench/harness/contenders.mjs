/** Starts whom we compare: each listens on ports of its own, and says where to connect, broadcast, send and measure. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, startMongod, startNatsServer, startSystem } from '@wscm/system';
import { startChildServer } from './child-server.mjs';

/**
 * @typedef {object} Contender
 * @property {string} name
 * @property {string} dialect what it says to a client, see `bench/load/dialect.go`
 * @property {string[]} urls where clients connect
 * @property {Record<string, number[]>} groups process ids; `front` are those that hold the sockets
 * @property {object} broadcast options of the load generator's `http`
 * @property {object} send likewise; `{id}` in the path
 * @property {string} [mongodbUrl]
 * @property {string} [natsUrl]
 * @property {string[]} [registries] URLs
 * @property {string[]} [gatewayAdmins] URLs
 * @property {() => Promise<void>} stop
 *
 * @typedef {object} Wanted
 * @property {number} [nodes] processes that hold sockets
 * @property {number} [registries]
 * @property {NodeJS.ProcessEnv} [env] more settings
 * @property {string} [profileTo] a folder for CPU profiles of Node processes
 */

/** Every contender by name, and as people call it. */
export const TITLES = {
  wscm: 'this system',
  uws: 'raw uWebSockets.js',
  ws: 'ws',
  socketio: 'Socket.IO',
  centrifuge: 'Centrifuge server',
  nchan: 'nginx with nchan',
  monolith: 'monolith',
  relay: 'bare relay',
  pages: 'bare HTTP server',
  driver: 'MongoDB driver',
};

/** @returns {Promise<Contender>} */
export async function startContender(name, wanted = {}) {
  const start =
    { wscm: startWscm, monolith: startMonolith, socketio: startSocketIo, relay: startRelay }[name] ?? startPlain;
  return start(name, { nodes: 1, registries: 1, env: {}, ...wanted });
}

const HOOK = new URL('profile-hook.mjs', import.meta.url).href;

const profiling = ({ profileTo }) => (profileTo ? { NODE_OPTIONS: `--import=${HOOK}`, PROFILE_FOLDER: profileTo } : {});

async function scratchFolder() {
  const path = await mkdtemp(join(tmpdir(), 'wscm-bench-'));
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 5 }) };
}

async function startWscm(name, { nodes, registries, env, profileTo }) {
  const scratch = await scratchFolder();
  const { PATH, HOME } = process.env;
  const ports = Object.fromEntries(
    ['GATEWAY_PORT', 'GATEWAY_ADMIN_PORT', 'REGISTRY_PORT', 'NATS_PORT', 'MONGODB_PORT'].map((port) => [port, '0']),
  );
  const settings = {
    PATH,
    HOME,
    ...ports,
    WSCM_DATA_DIR: scratch.path,
    LOG_LEVEL: 'warn',
    ...profiling({ profileTo }),
  };
  let ending = false;
  const log = (line) => ending || console.log(`  ${line}`);
  const system = await startSystem({ gateways: nodes, registries, env: { ...settings, ...env }, log });
  const pidsOf = (kind) =>
    [...system.replicas, ...system.servers].filter((each) => each.kind === kind).map((each) => each.pid);
  const { webSocket, nats, mongodb, registries: rest, gatewayAdmins } = system.urls;
  return {
    name,
    dialect: 'wscm',
    urls: [webSocket],
    groups: {
      front: pidsOf('gateway'),
      registry: pidsOf('registry'),
      nats: pidsOf('nats-server'),
      mongod: pidsOf('mongod'),
    },
    broadcast: { urls: [rest[0]], path: '/v1/broadcast', contentType: 'text/plain' },
    send: { urls: rest, path: '/v1/clients/{id}/messages', contentType: 'text/plain' },
    bulkSend: { urls: rest, path: '/v1/messages', contentType: 'application/json' },
    natsSend: { urls: [nats], subject: 'wscm.clients.send.{id}' },
    mongodbUrl: mongodb,
    natsUrl: nats,
    registries: rest,
    gatewayAdmins,
    stop: async () => {
      ending = true;
      // What it has is thrown away: there is no need to wait for an orderly end.
      await Promise.all(system.replicas.map((replica) => replica.kill()));
      await system.stop();
      await scratch.remove();
    },
  };
}

const file = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** Processes of one contender, each on a port of its own. */
async function startNodes(name, count, env, dialect, path = '') {
  const nodes = [];
  for (let i = 0; i < count; i += 1) {
    const port = await freePort();
    const compiled = name === 'centrifuge';
    const [program, args] = compiled
      ? [file('dist/centrifuge'), []]
      : [process.execPath, [file(`contenders/${name}.mjs`)]];
    nodes.push({ port, server: await startChildServer(program, args, { ...env, PORT: String(port) }) });
  }
  const http = nodes.map(({ port }) => `http://127.0.0.1:${port}`);
  return {
    name,
    dialect,
    urls: nodes.map(({ port }) => `ws://127.0.0.1:${port}${path}`),
    groups: { front: nodes.map(({ server }) => server.pid) },
    broadcast: { urls: http, path: '/broadcast', contentType: 'text/plain', everywhere: true },
    send: { urls: http, path: '/send/{id}', contentType: 'text/plain' },
    control: http,
    stop: async () => {
      await Promise.all(nodes.map(({ server }) => server.stop()));
    },
  };
}

const DIALECTS = { centrifuge: ['centrifuge', '/connection/websocket'], nchan: ['plain', '/sub'] };

async function startPlain(name, wanted) {
  const [dialect, path] = DIALECTS[name] ?? ['plain', ''];
  return startNodes(name, wanted.nodes, profiling(wanted), dialect, path);
}

/** With a mongod of its own, as ours has. */
async function withMongod(startWith) {
  const scratch = await scratchFolder();
  const mongod = await startMongod({ dbPath: scratch.path, cacheGb: 1 });
  const server = await startWith(mongod.url);
  return {
    ...server,
    groups: { ...server.groups, mongod: [mongod.pid] },
    mongodbUrl: mongod.url,
    stop: async () => {
      await server.stop();
      await mongod.stop();
      await scratch.remove();
    },
  };
}

function startMonolith(name, wanted) {
  return withMongod((url) => startNodes(name, 1, { ...profiling(wanted), MONGODB_URL: url }, 'wscm'));
}

const SOCKET_IO_PATH = '/socket.io/?EIO=4&transport=websocket';

/** One node alone needs no adapter. */
async function startSocketIo(name, wanted) {
  const env = profiling(wanted);
  if (wanted.nodes === 1) return startNodes(name, 1, env, 'socketio', SOCKET_IO_PATH);
  const several = await withMongod((url) =>
    startNodes(name, wanted.nodes, { ...env, MONGODB_URL: url }, 'socketio', SOCKET_IO_PATH),
  );
  return {
    ...several,
    broadcast: { ...several.broadcast, urls: several.broadcast.urls.slice(0, 1), everywhere: false },
  };
}

/** Two processes with NATS between them. */
async function startRelay(name, wanted) {
  const scratch = await scratchFolder();
  const nats = await startNatsServer({ port: 0, storeDir: scratch.path });
  const env = { ...profiling(wanted), NATS_URL: nats.url, NODES: String(wanted.nodes) };
  const roles = ['http', ...Array.from({ length: wanted.nodes }, () => 'sockets')];
  const [http, ...sockets] = await Promise.all(roles.map((role) => startPart(name, env, role)));
  const pidsOf = (parts) => parts.map(({ server }) => server.pid);
  return {
    name,
    dialect: 'wscm',
    urls: sockets.map(({ port }) => `ws://127.0.0.1:${port}`),
    groups: { front: pidsOf(sockets), registry: pidsOf([http]), nats: [nats.pid] },
    broadcast: { urls: [`http://127.0.0.1:${http.port}`], path: '/broadcast', contentType: 'text/plain' },
    send: { urls: [`http://127.0.0.1:${http.port}`], path: '/send/{id}', contentType: 'text/plain' },
    natsSend: { urls: [nats.url], subject: 'send.{id}' },
    stop: async () => {
      await Promise.all([http, ...sockets].map(({ server }) => server.stop()));
      await nats.stop();
      await scratch.remove();
    },
  };
}

/** A server that reads pages of `mongodbUrl`'s clients and does nothing else. */
export async function startPages(mongodbUrl) {
  const { port, server } = await startPart('pages', { MONGODB_URL: mongodbUrl });
  return { url: `http://127.0.0.1:${port}/`, stop: () => server.stop() };
}

async function startPart(name, env, ...more) {
  const port = await freePort();
  const args = [file(`contenders/${name}.mjs`), ...more];
  return { port, server: await startChildServer(process.execPath, args, { ...env, PORT: String(port) }) };
}
