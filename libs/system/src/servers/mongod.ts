/** Starts a mongod on this machine as a replica set of one, which is what transactions and change streams need. */
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import { findProgram } from '../programs/find-program';
import { becomePrimary } from './replica-set';
import { onPort, type Server, startServerProcess } from './server-process';

/** Only `dbPath` is needed. */
export interface MongodOptions {
  /** Path of the program; looked for, and fetched if need be, when left out. */
  readonly program?: string | undefined;
  /** 0, or left out: a free one. The same data may be served on another port each time. */
  readonly port?: number | undefined;
  /** Folder for data and log. A server started on it again finds its data again. */
  readonly dbPath: string;
  /** Name of the replica set; `rs0` if left out. */
  readonly replSet?: string | undefined;
  /** One of several that their owner makes a replica set: ready as soon as it listens, primary or not. */
  readonly member?: boolean | undefined;
  /** The database that the URL names; `wscm` if left out. */
  readonly database?: string | undefined;
  /** How much memory the cache may take; 0.25 if left out. */
  readonly cacheGb?: number | undefined;
  readonly deadlineMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

const HOST = '127.0.0.1';
const DEADLINE_MS = 60_000;
const OPLOG_MB = '256';
const LOG_TAIL = 5;

/**
 * Starts the server and waits until it is primary; it listens on 127.0.0.1.
 *
 * @throws {ServerNotStarted} with the faults in its log; {@link findProgram}'s errors; the signal's reason
 */
export async function startMongod(options: MongodOptions): Promise<Server> {
  const program = options.program ?? (await findProgram('mongod', { signal: options.signal }));
  const dbPath = resolve(options.dbPath);
  await mkdir(dbPath, { recursive: true });
  return onPort(options.port, (port) => startOn(port, program, dbPath, options));
}

async function startOn(port: number, program: string, dbPath: string, options: MongodOptions): Promise<Server> {
  const { replSet = 'rs0', member = false, database = 'wscm', cacheGb = 0.25 } = options;
  const { deadlineMs = DEADLINE_MS, signal } = options;
  const logFile = join(dbPath, 'mongod.log');
  const child = await startServerProcess({
    kind: 'mongod',
    program,
    args: argsOf(port, dbPath, replSet, cacheGb),
    logFile,
    deadlineMs,
    signal,
    ready: async (pid) => (await listens(port)) && (member || becomePrimary({ pid, host: HOST, port, replSet })),
    faults,
  });
  const url = `mongodb://${HOST}:${port}/${database}?replicaSet=${replSet}`;
  return { ...child, name: 'mongod', kind: 'mongod', url, port, logFile };
}

function argsOf(port: number, dbPath: string, replSet: string, cacheGb: number): string[] {
  const place = ['--dbpath', dbPath, '--bind_ip', HOST, '--port', String(port), '--nounixsocket'];
  const size = ['--wiredTigerCacheSizeGB', String(cacheGb), '--oplogSize', OPLOG_MB, '--quiet'];
  return [...place, '--replSet', replSet, ...size];
}

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, HOST);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** The log is one JSON document a line: errors and worse as people read them, else the end as it is. */
function faults(log: string): string[] {
  const lines = log.trim().split('\n');
  const found = lines.flatMap(faultOf);
  return (found.length > 0 ? found : lines).slice(-LOG_TAIL);
}

interface LogLine {
  readonly s?: string;
  readonly msg?: string;
  readonly attr?: { readonly error?: unknown };
}

function faultOf(line: string): string[] {
  try {
    const { s: severity, msg = '', attr } = JSON.parse(line) as LogLine;
    if (severity !== 'E' && severity !== 'F') return [];
    return [attr?.error === undefined ? msg : `${msg}: ${textOf(attr.error)}`];
  } catch {
    return [];
  }
}

function textOf(error: unknown): string {
  return typeof error === 'string' ? error : JSON.stringify(error);
}
