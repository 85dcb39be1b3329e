// The system as a Compose project of the test's own, on ports of its own, beside whatever else runs here.
import { createServer } from 'node:net';
import { docker } from './docker.mjs';
import { waitUntil } from './wait-until.mjs';

/** Projects of the test's own. */
export const SMALL = { name: 'wscm-test', file: 'docker-compose.yml' };
export const PRODUCTION = { name: 'wscm-production-test', file: 'docker-compose.production.yml' };

const BUILD_MS = 30 * 60_000;
const DOWN_MS = 3 * 60_000;

/** How long after its last word a gateway counts as lost. */
export const LEASE_TTL_MS = 10_000;

/** What is left of the project: containers, volumes and networks by name. */
export async function leftovers({ name }) {
  const ours = ['--filter', `label=com.docker.compose.project=${name}`];
  const lists = await Promise.all([
    docker(['ps', '--all', ...ours, '--format', '{{.Names}}']),
    docker(['volume', 'ls', ...ours, '--format', '{{.Name}}']),
    docker(['network', 'ls', ...ours, '--format', '{{.Name}}']),
  ]);
  return lists.flatMap((list) => list.split('\n').filter(Boolean));
}

export class Project {
  #shape;
  #env;
  #signal;

  /** An abort of `signal` ends every command but {@link takeAway}. */
  static async create(shape, signal) {
    const [gatewayPort, registryPort] = await freePorts(2);
    return new Project(shape, { gatewayPort, registryPort }, signal);
  }

  constructor(shape, { gatewayPort, registryPort }, signal) {
    this.#shape = shape;
    this.webSocketUrl = `ws://127.0.0.1:${gatewayPort}`;
    this.restUrl = `http://127.0.0.1:${registryPort}`;
    this.#env = envOfTest({ GATEWAY_PORT: gatewayPort, REGISTRY_PORT: registryPort });
    this.#signal = signal;
  }

  /** Resolves when every replica is healthy. Containers that run already stay. */
  async scale({ gateway, registry }, ...options) {
    const scales = ['--scale', `gateway=${gateway}`, '--scale', `registry=${registry}`];
    await this.#compose(['up', '--detach', '--wait', '--no-recreate', ...scales, ...options], { timeoutMs: BUILD_MS });
  }

  /** Runs the NATS CLI in a container of its own; resolves with what it printed. */
  async nats(...args) {
    return this.#compose(['run', '--rm', '-T', 'nats-box', 'nats', ...args], { timeoutMs: BUILD_MS });
  }

  /** One of the secrets that an operator has in the production shape. */
  async secret(name) {
    return this.#compose(['run', '--rm', '-T', 'nats-box', 'cat', `/run/secrets/${name}`], { timeoutMs: BUILD_MS });
  }

  /** Has it made anew, with all that is made of it. */
  async renewSecret(name) {
    await this.#compose(['run', '--rm', '-T', 'secrets', name]);
  }

  async restart(service) {
    await this.#compose(['restart', service]);
  }

  /** Runs a program in a service's container; resolves with what it printed. */
  async exec(service, ...command) {
    return this.#compose(['exec', '-T', service, ...command]);
  }

  /** A service's running containers, oldest number first. */
  async containers(service) {
    const labels = [`com.docker.compose.project=${this.#shape.name}`, `com.docker.compose.service=${service}`];
    const filters = labels.flatMap((label) => ['--filter', `label=${label}`]);
    const format = '{{.ID}} {{.Names}} {{.Label "com.docker.compose.container-number"}}';
    const lines = (await docker(['ps', ...filters, '--format', format], { signal: this.#signal })).split('\n');
    const found = lines.filter(Boolean).map((line) => line.split(' '));
    return found.map(([id, name, number]) => ({ id, name, number: Number(number) })).sort(byNumber);
  }

  async addressesOf(container) {
    const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}';
    return (await docker(['inspect', '--format', format, container.id], { signal: this.#signal })).trim().split(' ');
  }

  /** Without a warning, as when it runs out of memory. */
  async kill(container) {
    await docker(['kill', container.id], { signal: this.#signal });
  }

  /** State and last words of everything, for who looks into a failure. */
  async describe() {
    const state = await this.#compose(['ps', '--all'], { signal: undefined });
    return `${state}\n${await this.#compose(['logs', '--no-color', '--tail', '15'], { signal: undefined })}`;
  }

  /** Leaves no container, volume or network, whatever state it is in. Repeated: a command cut short may add some. */
  async takeAway() {
    const look = async () => {
      const down = ['down', '--volumes', '--remove-orphans', '--rmi', 'local', '--timeout', '5'];
      await this.#compose(down, { signal: undefined, timeoutMs: DOWN_MS, detached: true });
      return (await leftovers(this.#shape)).length === 0;
    };
    await waitUntil('nothing is left', look, { deadlineMs: DOWN_MS });
  }

  async #compose(args, options) {
    const { name, file } = this.#shape;
    return docker(['compose', '--project-name', name, '--file', file, ...args], {
      env: this.#env,
      signal: this.#signal,
      ...options,
    });
  }
}

const byNumber = (a, b) => a.number - b.number;

/** Neither the user's settings nor their .env file reach the test. */
function envOfTest(ports) {
  const settings = /^(WSCM_|COMPOSE_|MAX_|TRUSTED_|CLIENT_KEY_|COMMAND_|TOMBSTONE_|IDLE_|OUTBOX_|LOG_LEVEL$)/;
  const others = Object.entries(process.env).filter(([name]) => !settings.test(name));
  return { ...Object.fromEntries(others), ...ports, COMPOSE_DISABLE_ENV_FILE: '1', LEASE_TTL_MS };
}

async function freePorts(count) {
  const servers = await Promise.all(Array.from({ length: count }, listenAnywhere));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

function listenAnywhere() {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', () => resolve(server));
  });
}
