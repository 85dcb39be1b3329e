/** The command line of a service: without arguments it runs; else it tells of itself, and connects to nothing. */
import type { z } from 'zod';
import { endWith, runService, type RunningService } from './run-service';
import { describeSettings } from './settings-page';
import type { Environment } from './settings';

export interface Service {
  /** For example `gateway`. */
  name: string;
  version: string;
  /** Every variable that it reads. */
  variables: z.ZodRawShape;
  /** Throws `SettingsError`, as the start would; connects to nothing. */
  check: (env: Environment) => void;
  start: (env: Environment) => Promise<RunningService>;
}

const OPTIONS: Readonly<Record<string, string>> = {
  '--check-config': 'prints the settings with which it would start, secrets hidden, and ends: 0 where they are good',
  '--help': 'prints this',
  '--version': 'prints the version',
};

/** Ends the process: 0; 1 for bad settings, as at a start; 2 for arguments that there are not. */
export async function runCommandLine(service: Service, args: readonly string[], env: Environment): Promise<void> {
  const [option = '', ...more] = args;
  if (args.length === 0) await runService(service.start, env);
  else if (more.length > 0 || !(option in OPTIONS)) refuse(service, args);
  else tell(() => textOf(service, option, env), env);
}

function textOf(service: Service, option: string, env: Environment): string {
  const { name, version, variables, check } = service;
  if (option === '--version') return version;
  if (option === '--help') return helpOf(service);
  check(env);
  return [`${name} ${version}: the settings are good.`, ...describeSettings(variables, env)].join('\n');
}

const helpOf = (service: Service): string =>
  [
    `The ${service.name} of WebSocket Client Manager ${service.version}. Without an option it runs, until SIGTERM or SIGINT.`,
    '',
    ...Object.entries(OPTIONS).map(([option, meaning]) => `  ${option.padEnd(14)}  ${meaning}`),
    '',
    'Its settings are environment variables, with these defaults; README.md has their meanings:',
    ...describeSettings(service.variables, {}),
  ].join('\n');

function refuse({ name }: Service, args: readonly string[]): void {
  const options = Object.keys(OPTIONS).join(', ');
  process.stderr.write(
    `${args.join(' ')}: the ${name} takes one of ${options}, or none. Settings are environment variables.\n`,
  );
  process.exit(2);
}

function tell(text: () => string, env: Environment): void {
  try {
    process.stdout.write(`${text()}\n`, () => process.exit(0));
  } catch (error) {
    endWith(error, env);
  }
}
