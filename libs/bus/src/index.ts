/** NATS: connection, stream and consumer, outbox, request and reply, service. The only lib that knows the client. */
export { Bus, type BusMessage, type Subscription } from './bus';
export type { BusOptions } from './dial';
export { BusError, type BusFailure, isTooLarge } from './bus-error';
export {
  awaitStreams,
  type ConsumerProgress,
  consumerProgress,
  ensureConsumer,
  ensureStreams,
  latestEvent,
  storeEvent,
  type StreamState,
  streamState,
} from './event-stream';
export { EventConsumer, type StoredEvent } from './event-consumer';
export { EventReader, type EventReaderOptions, goOn, type Place } from './event-reader';
export { Outbox } from './outbox';
export { type NatsService, type ServiceEndpoint, type ServiceRequest, serveNatsService } from './nats-service';
