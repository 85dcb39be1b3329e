/** Commands: what a registry asks of a gateway, and what people ask of a registry. Messages travel verbatim. */
import { z } from 'zod';
import { closeCodes, isSendableCloseCode, MAX_CLOSE_REASON_BYTES } from './close-codes';

/**
 * A gateway's answer to `send`. `unknown`: it never had this socket, or has long forgotten it. `busy`: it can't tell what
 * it sends, since the events that wait for NATS are at their limit, so it sends nothing. `lapsed`: no registry has answered
 * it for a term of its lease, so its clients may have been told lost; it does nothing until it is known again.
 */
export const sendReplySchema = z.object({
  result: z.enum(['delivered', 'buffered', 'dropped', 'gone', 'unknown', 'tooBig', 'busy', 'lapsed']),
});
export type SendReply = z.infer<typeof sendReplySchema>;

export const disconnectReplySchema = z.object({ result: z.enum(['disconnected', 'gone', 'unknown', 'lapsed']) });
export type DisconnectReply = z.infer<typeof disconnectReplySchema>;

const count = z.int().nonnegative();

/** One gateway's answer to `broadcast`: how many of its sockets took the message, and how many could not. */
export const broadcastReplySchema = z.object({ gatewayId: z.string(), delivered: count, dropped: count });
export type BroadcastReply = z.infer<typeof broadcastReplySchema>;

/** The answer to a send. `buffered`: the socket took it, behind what the client has not read yet. */
export const sendResultSchema = z.object({ result: z.enum(['delivered', 'buffered']) });
export type SendResult = z.infer<typeof sendResultSchema>;

/** The answer to a broadcast: counts over all gateways and for each; `unreachable` did not answer in time. */
export const broadcastResultSchema = z.object({
  delivered: count,
  dropped: count,
  gateways: z.array(z.object({ gatewayId: z.string(), delivered: count })),
  unreachable: z.array(z.string()),
});
export type BroadcastResult = z.infer<typeof broadcastResultSchema>;

export const disconnectResultSchema = z.object({ result: z.literal('disconnected') });
export type DisconnectResult = z.infer<typeof disconnectResultSchema>;

/** How to close a socket; an empty request closes it with the code of `closeCodes.operator`. */
export const disconnectRequestSchema = z.strictObject({
  code: z.coerce
    .number()
    .int()
    .refine(isSendableCloseCode, 'not a code that a close frame may carry: 1000–1014 without 1004–1006, or 3000–4999')
    .default(closeCodes.operator.code),
  reason: z
    .string()
    .refine(
      (text) => new TextEncoder().encode(text).length <= MAX_CLOSE_REASON_BYTES,
      `longer than ${MAX_CLOSE_REASON_BYTES} bytes`,
    )
    .default(closeCodes.operator.reason),
});
export type DisconnectRequest = z.infer<typeof disconnectRequestSchema>;
