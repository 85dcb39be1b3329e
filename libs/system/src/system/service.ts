/** What this library knows of a service: the file to run, and how to ask beforehand whether its settings are good. */
import { join } from 'node:path';
import { REPO_ROOT } from '../repo-root';
import { StartFailed } from '../start-failed';
import type { ReplicaKind } from './replica';

/** The JavaScript files of a service. */
export interface Service {
  /** Runs the service. */
  readonly main: string;
  /** Exports `readSettings(env)`, which throws an error whose `faults` has one line for each bad variable. */
  readonly settings: string;
}

/** The files of each kind of replica. */
export type Services = Readonly<Record<ReplicaKind, Service>>;

const built = (name: string): Service => ({
  main: join(REPO_ROOT, 'services', name, 'dist/main.js'),
  settings: join(REPO_ROOT, 'services', name, 'dist/settings.js'),
});

/** The services of this repository, as `npm run build` leaves them. */
export const BUILT_SERVICES: Services = { gateway: built('gateway'), registry: built('registry') };

interface SettingsModule {
  readonly readSettings: (env: NodeJS.ProcessEnv) => unknown;
}

/**
 * What the service will find bad in its environment, one line for each variable.
 *
 * @throws {StartFailed} when the service was not built
 */
export async function settingsFaults(service: Service, env: NodeJS.ProcessEnv): Promise<readonly string[]> {
  const { readSettings } = await load(service.settings);
  try {
    readSettings(env);
    return [];
  } catch (error) {
    if (error instanceof Error && 'faults' in error) return error.faults as readonly string[];
    throw error;
  }
}

async function load(file: string): Promise<SettingsModule> {
  try {
    return (await import(file)) as SettingsModule;
  } catch (error) {
    throw new StartFailed(`${file} can't be loaded: ${(error as Error).message}; npm run build makes it.`);
  }
}
