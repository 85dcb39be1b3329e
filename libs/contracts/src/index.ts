/** The wire: all that passes between clients, gateways, registries and whoever else is on the bus. Pure. */
export * from './reply-id';
export * from './subjects';
export * from './events';
export * from './event-codec';
export * from './event-feed';
export * from './commands';
export * from './bulk-send';
export * from './lease';
export * from './client';
export * from './client-queries';
export * from './registry-status';
export * from './close-codes';
export * from './problems';
