/** The spans of what is asked of MongoDB, by OpenTelemetry's semantic conventions for databases. */
import { type Attributes, type OpenSpan, tracing } from '@wscm/tracing';
import type { CommandStartedEvent, MongoClient } from 'mongodb';

/** Adds nothing where traces are off. The client must tell of its commands (`monitorCommands`). */
export function traceCommands(client: MongoClient): void {
  const traces = tracing();
  if (!traces) return;
  const spans = new Map<number, OpenSpan>();
  client.on('commandStarted', (command) => {
    const span = traces.begin({ name: nameOf(command), kind: 'client', attributes: () => attributesOf(command) });
    if (span) spans.set(command.requestId, span);
  });
  const end = (requestId: number, error?: unknown) => {
    spans.get(requestId)?.end(error);
    spans.delete(requestId);
  };
  client.on('commandSucceeded', ({ requestId }) => end(requestId));
  client.on('commandFailed', ({ requestId, failure }) => end(requestId, failure));
}

const nameOf = (command: CommandStartedEvent): string =>
  [command.commandName, collectionOf(command) ?? ''].join(' ').trim();

/** Most commands have the collection's name as their first value. */
function collectionOf({ command, commandName }: CommandStartedEvent): string | undefined {
  const { [commandName]: target, collection } = command as Record<string, unknown>;
  return [target, collection].find((each) => typeof each === 'string');
}

/** Not the command itself: messages stand in it. */
function attributesOf(command: CommandStartedEvent): Attributes {
  const [, host, port] = /^(.*):(\d+)$/.exec(command.address) ?? [];
  const { updates } = command.command as { updates?: unknown };
  return {
    'db.system.name': 'mongodb',
    'db.operation.name': command.commandName,
    'db.collection.name': collectionOf(command),
    'db.namespace': command.databaseName,
    'db.operation.batch.size': Array.isArray(updates) && updates.length > 1 ? updates.length : undefined,
    'server.address': host,
    'server.port': port === undefined ? undefined : Number(port),
  };
}
