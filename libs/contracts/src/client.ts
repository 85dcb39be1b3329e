/** The client as REST and NATS show it, and a gateway likewise. */
import { z } from 'zod';
import { connectFactsSchema } from './events';

const count = z.int().nonnegative();
const time = z.iso.datetime().meta({ example: '2026-11-23T05:00:00.000Z' });

const messageFields = {
  seq: count.describe('Its number among the messages in this direction, counted from 1'),
  type: z.enum(['text', 'binary']),
  message: z.string().describe('The text, or the bytes in base64 where the type is binary'),
  time,
  truncated: z
    .literal(true)
    .optional()
    .describe('Only over NATS: it is larger than one answer may be, and this is its beginning'),
};

const messageFromClientSchema = z.object(messageFields);
const messageToClientSchema = z.object({ ...messageFields, via: z.enum(['send', 'broadcast']) });

export const clientSchema = z.object({
  replyId: z.string(),
  gatewayId: z.string(),
  ...connectFactsSchema.omit({ connectOrder: true }).shape,
  connectedAt: time,
  messagesFromClient: count,
  messagesToClient: count.describe('Sends and broadcasts; the greeting is not counted'),
  lastMessageFromClient: messageFromClientSchema.nullable(),
  lastMessageToClient: messageToClientSchema.nullable(),
});
export type Client = z.infer<typeof clientSchema>;

const sinceStart = count
  .nullable()
  .describe('Since its start, as of the last heartbeat; null for an older gateway, which does not tell');

export const gatewaySchema = z.object({
  gatewayId: z.string(),
  host: z.string(),
  startedAt: time,
  connections: count.describe('As of the last heartbeat'),
  connects: sinceStart,
  disconnects: sinceStart,
  messagesFromClients: sinceStart,
  messagesToClients: sinceStart,
  lastHeartbeat: time,
});
export type Gateway = z.infer<typeof gatewaySchema>;
