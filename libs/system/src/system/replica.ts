/** One gateway or registry: a Node process with a name, a health address and an output of its own. */
import { startChild, type Child } from '../children/child';
import { describeExit } from '../children/exit';
import type { Log } from '../log';
import { StartFailed } from '../start-failed';
import { waitUntil } from '../wait-until';
import { isReady } from './ready-probe';
import { ReplicaOutput } from './replica-output';

/** What the system runs several of. */
export type ReplicaKind = 'gateway' | 'registry';

/** A replica that was ready once; it is ended by its `stop` or `kill`. */
export interface Replica extends Child {
  /** For example `gateway-1`; a number is never given twice. */
  readonly name: string;
  readonly kind: ReplicaKind;
  /** The port of this replica alone: a gateway's admin port, a registry's only port. */
  readonly port: number;
  /** Where `/healthz`, `/readyz` and `/metrics` are, and all of a registry; without a slash at its end. */
  readonly url: string;
}

/** What to run and under which name. */
export interface ReplicaSpec extends Pick<Replica, 'name' | 'kind' | 'port' | 'url'> {
  /** The JavaScript file to run. */
  readonly script: string;
  readonly env: NodeJS.ProcessEnv;
  readonly log: Log;
  readonly signal?: AbortSignal | undefined;
}

/** The replica ended, or was not ready in time; the message holds the last it said. */
export class ReplicaNotStarted extends StartFailed {
  override readonly name = 'ReplicaNotStarted';
}

const DEADLINE_MS = 60_000;
const LAST_LINES = 10;

/**
 * Starts the replica and waits until it is ready.
 *
 * @throws {ReplicaNotStarted}; the signal's reason; nothing is left running then
 */
export async function startReplica(spec: ReplicaSpec): Promise<Replica> {
  const output = new ReplicaOutput(spec.name, spec.log);
  const child = await startChild(process.execPath, [spec.script], {
    env: spec.env,
    output: (stdout, stderr) => [stdout, stderr].forEach((stream) => output.read(stream)),
  });
  const fail = (why: string): ReplicaNotStarted =>
    new ReplicaNotStarted([`${spec.name} ${why}.`, ...output.last(LAST_LINES).map((line) => `  ${line}`)].join('\n'));
  try {
    const ready = await waitUntil(() => readyOrEnded(spec, child, fail), { ...spec, deadlineMs: DEADLINE_MS });
    if (!ready) throw fail(`was not ready within ${DEADLINE_MS / 1000} s`);
  } catch (error) {
    await child.stop();
    throw error;
  }
  output.show();
  const { name, kind, port, url } = spec;
  return { ...child, name, kind, port, url };
}

async function readyOrEnded(spec: ReplicaSpec, child: Child, fail: (why: string) => Error): Promise<true | undefined> {
  const exit = child.exit();
  if (exit) throw fail(`ended with ${describeExit(exit)} before it was ready`);
  return (await isReady(`${spec.url}/readyz`)) || undefined;
}
