/** Real servers and real clients for tests. */
export * from './eventually';
export * from './metrics-page';
export * from './promtool';
export * from './scratch';
export * from './test-client';
export * from './test-servers';
export * from './trace-collector';
