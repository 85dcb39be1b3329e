/** How a service process starts and ends: settings, logs, signals. */
export * from './settings';
export * from './setting-types';
export * from './logger';
export * from './listening';
export * from './run-service';
export * from './readiness';
export * from './metrics';
export * from './version';
