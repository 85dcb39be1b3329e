/** NATS: connection, stream and consumer, outbox, request and reply, service. The only lib that knows the client. */
export * from './bus';
export * from './bus-error';
export * from './event-stream';
export * from './event-consumer';
export * from './outbox';
export * from './nats-service';
