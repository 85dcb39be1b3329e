/** A nats-server with the accounts of `deploy/nats/users.sh`, whose users' passwords are made for the test. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findProgram, freePort, REPO_ROOT } from '@wscm/system';
import { eventually, type Scratch, scratchFolder } from '@wscm/testing';
import { connect, type NatsConnection } from 'nats';

const USERS_SCRIPT = join(REPO_ROOT, 'deploy/nats/users.sh');
const run = promisify(execFile);

export class LockedNats {
  private readonly connections: NatsConnection[] = [];

  private constructor(
    private readonly port: number,
    private readonly passwords: ReadonlyMap<string, string>,
    private readonly scratch: Scratch,
    private readonly end: () => Promise<void>,
  ) {}

  static async start(gateways: readonly string[]): Promise<LockedNats> {
    const scratch = await scratchFolder();
    const folder = join(scratch.path, 'passwords');
    await mkdir(folder);
    const users = [
      ...gateways.map((name) => `gateway-${name}`),
      'registry',
      'operator',
      'extension',
      'admin',
      'system',
    ];
    const passwords = new Map(users.map((user) => [user, `1${randomBytes(12).toString('hex')}`]));
    for (const [user, password] of passwords) await writeFile(join(folder, user), password);
    const { stdout } = await run('sh', [USERS_SCRIPT, folder, ...gateways]);
    await writeFile(join(scratch.path, 'users.conf'), stdout);
    const port = await freePort();
    const config = join(scratch.path, 'nats.conf');
    const settings = [`listen: 127.0.0.1:${port}`, `jetstream { store_dir: "${scratch.path}" }`];
    await writeFile(config, [...settings, `log_file: "${logIn(scratch)}"`, 'include users.conf', ''].join('\n'));
    const controller = new AbortController();
    const { signal } = controller;
    const ended = run(await findProgram('nats-server'), ['--config', config], { signal }).catch(() => undefined);
    const end = async () => {
      controller.abort();
      await ended;
    };
    const nats = new LockedNats(port, passwords, scratch, end);
    await eventually(() => nats.connect('admin'), 10_000);
    return nats;
  }

  urlFor(user: string): string {
    return `nats://${user}:${this.passwords.get(user)}@127.0.0.1:${this.port}`;
  }

  /** `inboxPrefix`: as the user's permissions have it. */
  async connect(user: string, inboxPrefix = '_INBOX'): Promise<NatsConnection> {
    const pass = this.passwords.get(user) ?? '';
    const servers = `127.0.0.1:${this.port}`;
    const connection = await connect({ servers, user, pass, inboxPrefix, reconnect: false });
    this.connections.push(connection);
    return connection;
  }

  /** What the server refused, in its own words, since it started. */
  async violations(): Promise<string[]> {
    const lines = (await readFile(logIn(this.scratch), 'utf8')).split('\n');
    return lines.filter((line) => line.includes('Violation'));
  }

  async stop(): Promise<void> {
    await Promise.all(this.connections.map((connection) => connection.close()));
    await this.end();
    await this.scratch.remove();
  }
}

const logIn = ({ path }: Scratch): string => join(path, 'nats.log');

/** Whether NATS lets this connection do so; `$` in a subject is itself. */
export async function may(
  connection: NatsConnection,
  what: 'publish' | 'subscribe',
  subject: string,
): Promise<boolean> {
  const refused: string[] = [];
  const status = connection.status();
  void (async () => {
    for await (const { permissionContext } of status as AsyncIterable<{ permissionContext?: { subject: string } }>)
      if (permissionContext) refused.push(permissionContext.subject);
  })();
  if (what === 'publish') connection.publish(subject, '{}');
  else connection.subscribe(subject, { callback: () => undefined });
  await connection.flush();
  await connection.flush();
  return !refused.includes(subject);
}
