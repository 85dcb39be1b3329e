/** Finds out whether the system can have its ports, before anything is started. */
import { freePort, listenFault } from '../servers/free-port';
import { StartFailed } from '../start-failed';
import type { PortVariable } from './settings';

/** A port that something is going to listen on. */
export interface WantedPort {
  /** 0 means any free one. */
  readonly port: number;
  readonly host: string;
  readonly variable: PortVariable;
  /** Who wants it, e.g. `gateway-2`. */
  readonly owner: string;
}

/** Ports are taken by someone else, or wanted twice; one line for each, naming the variable to set. */
export class PortsTaken extends StartFailed {
  override readonly name = 'PortsTaken';
}

/**
 * Makes sure that every port can be listened on, and is wanted once only.
 *
 * @throws {PortsTaken}
 */
export async function refuseTakenPorts(wanted: readonly WantedPort[]): Promise<void> {
  const fixed = wanted.filter(({ port }) => port !== 0);
  const complaints = await Promise.all(fixed.map((want, index) => complaint(want, fixed.slice(0, index))));
  const lines = complaints.filter((line) => line !== undefined);
  if (lines.length > 0) throw new PortsTaken(lines.join('\n'));
}

/** The port itself, or a free one in place of 0. */
export async function settle(want: WantedPort): Promise<number> {
  return want.port === 0 ? freePort(want.host) : want.port;
}

async function complaint(want: WantedPort, earlier: readonly WantedPort[]): Promise<string | undefined> {
  const { port, host, variable, owner } = want;
  const rival = earlier.find((other) => other.port === port);
  if (rival) return `Port ${port} is wanted by ${rival.owner} and ${owner}; set ${variable} to another one.`;
  if (port > 65_535) return `There is no port ${port} for ${owner}; set ${variable} to a smaller one.`;
  const fault = await listenFault(port, host);
  return fault && explain(fault, want);
}

function explain(fault: string, { port, host, variable, owner }: WantedPort): string {
  if (fault === 'EADDRINUSE') return `Port ${port} is in use; set ${variable} to another one (${owner} wants it).`;
  if (fault === 'EACCES') return `Port ${port} is not allowed to this user; set ${variable} to one above 1023.`;
  return `${owner} can't listen on ${host} port ${port} (${fault}); set HOST to an address of this machine.`;
}
