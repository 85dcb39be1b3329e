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

/** One or more variables hold what can't be used; the message has one line for each. */
export class BadSettings extends StartFailed {
  override readonly name = 'BadSettings';

  constructor(readonly faults: readonly string[]) {
    super(['Bad settings:', ...faults.map((fault) => `  ${fault}`)].join('\n'));
  }
}

const VARIABLES = Object.keys(DEFAULT_PORTS) as PortVariable[];

/**
 * Reads the settings; a variable that is set but empty counts as not set.
 *
 * @param otherFaults what others have found bad in the same environment, to be told in the same message
 * @throws {BadSettings}
 */
export function readSettings(env: NodeJS.ProcessEnv, otherFaults: readonly string[] = []): SystemSettings {
  const faults = new Set([...VARIABLES.flatMap((variable) => portFault(env, variable)), ...otherFaults]);
  if (faults.size > 0) throw new BadSettings([...faults]);
  const portOf = (variable: PortVariable): number => Number(textOf(env, variable) ?? DEFAULT_PORTS[variable]);
  return {
    host: textOf(env, 'HOST') ?? '127.0.0.1',
    ports: Object.fromEntries(VARIABLES.map((each) => [each, portOf(each)])) as Record<PortVariable, number>,
    natsUrl: textOf(env, 'NATS_URL'),
    mongodbUrl: textOf(env, 'MONGODB_URL'),
    dataDir: resolve(REPO_ROOT, textOf(env, 'WSCM_DATA_DIR') ?? '.data'),
  };
}

function textOf(env: NodeJS.ProcessEnv, variable: string): string | undefined {
  const text = env[variable];
  return text === '' ? undefined : text;
}

/** Said in the same words as the services say it, so that it is told once. */
function portFault(env: NodeJS.ProcessEnv, variable: PortVariable): string[] {
  const text = textOf(env, variable);
  if (text === undefined || (/^\d+$/.test(text) && Number(text) <= 65_535)) return [];
  return [`${variable}=${text}: must be a whole number from 0 to 65535`];
}
