/** The system on one machine: its servers, its replicas, and the command that runs them all. */
export { runCli } from './cli/run-cli';
export { describeExit, type Exit } from './children/exit';
export type { Log } from './log';
export { findProgram, type FindSettings, ProgramNotFound } from './programs/find-program';
export type { ProgramName } from './programs/program';
export { freePort } from './servers/free-port';
export { type MongodOptions, startMongod } from './servers/mongod';
export { type NatsServerOptions, startNatsServer } from './servers/nats-server';
export { type Server, ServerNotStarted } from './servers/server-process';
export { StartFailed } from './start-failed';
export type { Replica, ReplicaKind } from './system/replica';
export { startSystem, type SystemOptions } from './system/start-system';
export type { Addresses, System } from './system/system';
export { REPO_ROOT } from './repo-root';
export { waitUntil } from './wait-until';
