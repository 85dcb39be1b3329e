/** Attributes of what goes over NATS, after OpenTelemetry's semantic conventions for messaging. */
import type { Attributes } from './spans';

export interface BusMessageFacts {
  subject: string;
  id?: string;
  bytes?: number;
}

export const messagingAttributes = (
  operation: 'publish' | 'request' | 'process',
  { subject, id, bytes }: BusMessageFacts,
): Attributes => ({
  'messaging.system': 'nats',
  'messaging.operation.name': operation,
  'messaging.operation.type': operation === 'process' ? 'process' : 'send',
  'messaging.destination.name': subject,
  'messaging.message.id': id,
  'messaging.message.body.size': bytes,
});
