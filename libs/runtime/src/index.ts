/** How a service process starts and ends: settings, logs, signals. */
export { type Environment, parseSettings, SettingsError } from './settings';
export * from './setting-types';
export * from './logger';
export * from './listening';
export { runCommandLine, type Service } from './command-line';
export { type RunningService, runService } from './run-service';
export * from './readiness';
export * from './metrics';
export * from './version';
