/** The environment variables that say where the system listens and where its data and servers are. */
import { resolve } from 'node:path';
import { REPO_ROOT } from '../repo-root';
import { StartFailed } from '../start-failed';

/** The variables that hold a port, with the port that is taken without them. 0 means any free one. */
export const DEFAULT_PORTS = {
  GATEWAY_PORT: 8080,
  GATEWAY_ADMIN_PORT: 8081,
  REGISTRY_PORT: 3000,
  NATS_PORT: 4222,
  MONGODB_PORT: 27017,
} as const;

/** A variable that holds a port. */
export type PortVariable = keyof typeof DEFAULT_PORTS;

/** What the environment says, checked. */
export interface SystemSettings {
  readonly host: string;
  readonly ports: Readonly<Record<PortVariable, number>>;
  /** A NATS server that runs already; none is started then. */
  readonly natsUrl: string | undefined;
  /** A MongoDB that runs already; none is started then. */
  readonly mongodbUrl: string | undefined;
  readonly dataDir: string;
}

/** One or more variables hold what can't be used; the message names them all. */
export class BadSettings extends StartFailed {
  override readonly name = 'BadSettings';
}

/**
 * Reads the settings; a variable that is set but empty counts as not set.
 *
 * @throws {BadSettings}
 */
export function readSettings(env: NodeJS.ProcessEnv): SystemSettings {
  const text = (variable: string): string | undefined => textOf(env, variable);
  const variables = Object.keys(DEFAULT_PORTS) as PortVariable[];
  const bad = variables.filter((variable) => !isPort(text(variable)));
  if (bad.length > 0) throw new BadSettings(bad.map((variable) => complaint(variable, text(variable))).join('\n'));
  const portOf = (variable: PortVariable): number => Number(text(variable) ?? DEFAULT_PORTS[variable]);
  return {
    host: text('HOST') ?? '127.0.0.1',
    ports: Object.fromEntries(variables.map((each) => [each, portOf(each)])) as Record<PortVariable, number>,
    natsUrl: text('NATS_URL'),
    mongodbUrl: text('MONGODB_URL'),
    dataDir: resolve(REPO_ROOT, text('WSCM_DATA_DIR') ?? '.data'),
  };
}

function textOf(env: NodeJS.ProcessEnv, variable: string): string | undefined {
  const text = env[variable]?.trim();
  return text === '' ? undefined : text;
}

function isPort(text: string | undefined): boolean {
  return text === undefined || (/^\d{1,5}$/.test(text) && Number(text) <= 65_535);
}

function complaint(variable: PortVariable, text: string | undefined): string {
  return `${variable} is ${JSON.stringify(text)}; it must be a port number from 0 to 65535.`;
}
