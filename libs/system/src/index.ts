export { type Exit, describeExit } from './children/exit';
export { startNatsServer, type NatsServerOptions } from './servers/nats-server';
export { startMongod, type MongodOptions } from './servers/mongod';
export { freePort } from './servers/free-port';
export { type Server, ServerNotStarted } from './servers/server-process';
export { findProgram, ProgramNotFound } from './programs/find-program';
