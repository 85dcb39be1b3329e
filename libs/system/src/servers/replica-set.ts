/** Makes a single mongod a replica set of one, and keeps it one when it is started again on another port. */
import { type Admin, type Document, MongoClient, MongoServerError } from 'mongodb';

const NOT_YET_INITIALIZED = 94;
const CONNECT_TIMEOUT_MS = 2_000;

/** The mongod that should be made a primary. */
export interface SoleMember {
  readonly pid: number;
  readonly host: string;
  readonly port: number;
  readonly replSet: string;
}

/**
 * Takes the next step on the way to a primary, if one is left to take: initiate, or move the member to its new port.
 * Call it again until it answers `true`: this very mongod is the primary.
 */
export async function becomePrimary(member: SoleMember): Promise<boolean> {
  const client = new MongoClient(`mongodb://${member.host}:${member.port}/`, {
    directConnection: true,
    serverSelectionTimeoutMS: CONNECT_TIMEOUT_MS,
  });
  try {
    return await nextStep(client.db().admin(), member);
  } catch {
    return false; // a mongod that starts, or elects itself, closes connections and refuses commands for a while
  } finally {
    await client.close();
  }
}

async function nextStep(admin: Admin, member: SoleMember): Promise<boolean> {
  const status = await admin.command({ serverStatus: 1, metrics: 0, wiredTiger: 0 });
  if (status['pid'] !== undefined && Number(status['pid']) !== member.pid) return false;
  const config = await currentConfig(admin);
  const host = `${member.host}:${member.port}`;
  if (!config) await admin.command({ replSetInitiate: { _id: member.replSet, members: [{ _id: 0, host }] } });
  else if (config.members[0]?.['host'] !== host) await admin.command(moved(config, host));
  const hello = await admin.command({ hello: 1 });
  return hello['isWritablePrimary'] === true && hello['me'] === host;
}

interface ReplSetConfig extends Document {
  readonly version: number;
  readonly members: readonly Document[];
}

async function currentConfig(admin: Admin): Promise<ReplSetConfig | undefined> {
  try {
    return (await admin.command({ replSetGetConfig: 1 }))['config'] as ReplSetConfig;
  } catch (error) {
    if (error instanceof MongoServerError && error.code === NOT_YET_INITIALIZED) return undefined;
    throw error;
  }
}

/** Forced, because the member does not find itself under its old port and can't be primary until it does. */
function moved(config: ReplSetConfig, host: string): Document {
  const members = config.members.map((each) => ({ ...each, host }));
  return { replSetReconfig: { ...config, version: config.version + 1, members }, force: true };
}
