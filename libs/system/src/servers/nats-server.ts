/** Starts a nats-server with JetStream on this machine. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import { findProgram } from '../programs/find-program';
import { onPort, type Server, startServerProcess } from './server-process';

/** Only `storeDir` is needed. */
export interface NatsServerOptions {
  /** Path of the program; looked for, and fetched if need be, when left out. */
  readonly program?: string | undefined;
  /** 0, or left out: a free one. */
  readonly port?: number | undefined;
  /** Folder for streams, configuration and log. A server started on it again finds its streams again. */
  readonly storeDir: string;
  /** More of nats-server's configuration, as its configuration file has it. */
  readonly config?: Readonly<Record<string, unknown>> | undefined;
  readonly deadlineMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

const HOST = '127.0.0.1';
const DEADLINE_MS = 30_000;
const ANSWER_TIMEOUT_MS = 1_000;
const LOG_TAIL = 5;

/**
 * Starts the server and waits until it answers; it listens on 127.0.0.1.
 *
 * @throws {ServerNotStarted} with the end of its log; {@link findProgram}'s errors; the signal's reason
 */
export async function startNatsServer(options: NatsServerOptions): Promise<Server> {
  const program = options.program ?? (await findProgram('nats-server', { signal: options.signal }));
  const storeDir = resolve(options.storeDir);
  await mkdir(storeDir, { recursive: true });
  return onPort(options.port, (port) => startOn(port, program, storeDir, options));
}

async function startOn(port: number, program: string, storeDir: string, options: NatsServerOptions): Promise<Server> {
  const serverName = `wscm-${randomUUID()}`;
  const configFile = join(storeDir, 'nats-server.conf');
  const logFile = join(storeDir, 'nats-server.log');
  const ours = { host: HOST, port, server_name: serverName, jetstream: { store_dir: storeDir } };
  await writeFile(configFile, JSON.stringify({ ...ours, ...options.config }, undefined, 2));
  const child = await startServerProcess({
    kind: 'nats-server',
    program,
    args: ['--config', configFile],
    logFile,
    deadlineMs: options.deadlineMs ?? DEADLINE_MS,
    signal: options.signal,
    ready: async () => (await firstLine(port)).includes(serverName),
    faults,
  });
  return { ...child, name: 'nats-server', kind: 'nats-server', url: `nats://${HOST}:${port}`, port, logFile };
}

/** A NATS server greets everybody with a line that holds its name; empty when nobody does. */
async function firstLine(port: number): Promise<string> {
  const socket = connect(port, HOST).setEncoding('utf8');
  try {
    const [greeting] = (await once(socket, 'data', { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) })) as [string];
    return greeting;
  } catch {
    return '';
  } finally {
    socket.destroy();
  }
}

function faults(log: string): string[] {
  const lines = log.trim().split('\n');
  const marked = lines.filter((line) => /\[(ERR|FTL)\]/.test(line));
  return (marked.length > 0 ? marked : lines).slice(-LOG_TAIL);
}
