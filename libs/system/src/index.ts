/** The system on one machine: its servers, its replicas, and the command that runs them all. */
export { runCli } from './cli/run-cli';
export { findProgram } from './programs/find-program';
export { freePort } from './servers/free-port';
export { startMongod } from './servers/mongod';
export { startNatsServer } from './servers/nats-server';
export type { Server } from './servers/server-process';
export { type Replica, type ReplicaKind, startReplica } from './system/replica';
export { BUILT_SERVICES } from './system/service';
export { startSystem } from './system/start-system';
export type { System } from './system/system';
export { REPO_ROOT } from './repo-root';
