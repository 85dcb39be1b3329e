/** Real servers and real clients for tests. */
export * from './eventually';
export * from './scratch';
export * from './test-client';
export * from './test-servers';
