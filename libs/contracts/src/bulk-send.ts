/** Many sends in one request: what people ask for, and how a registry hands on to a gateway what is for its sockets. */
import { z } from 'zod';
import { sendReplySchema, sendResultSchema } from './commands';
import type { Frame } from './events';

/** Targets in one request, over all its messages. */
export const MAX_BULK_TARGETS = 1000;

/** A part of a surrogate pair alone has no UTF-8. */
const isUnicode = (text: string): boolean => Buffer.from(text).toString() === text;
const isBase64 = (text: string): boolean => Buffer.from(text, 'base64').toString('base64') === text;

const bulkMessageSchema = z
  .strictObject({
    to: z.array(z.string()).min(1).max(MAX_BULK_TARGETS).describe('the replyIds that get the message'),
    type: z.enum(['text', 'binary']).default('text'),
    message: z.string().describe('the text, or the bytes in base64 where `type` is `binary`'),
  })
  .refine(({ type, message }) => type === 'binary' || isUnicode(message), 'not valid Unicode')
  .refine(({ type, message }) => type === 'text' || isBase64(message), 'not base64');

export const bulkSendRequestSchema = z.strictObject({
  messages: z
    .array(bulkMessageSchema)
    .min(1)
    .max(MAX_BULK_TARGETS)
    .refine(
      (messages) => messages.reduce((sum, { to }) => sum + to.length, 0) <= MAX_BULK_TARGETS,
      `more than ${MAX_BULK_TARGETS} targets`,
    ),
});
export type BulkSendRequest = z.infer<typeof bulkSendRequestSchema>;

/** What became of one target: as the same send alone would be answered, `status` is that of REST. */
export const bulkSendResultSchema = z.object({
  results: z
    .array(
      z.object({
        replyId: z.string(),
        status: z.int(),
        result: sendResultSchema.shape.result.optional(),
        title: z.string().optional(),
        detail: z.string().optional(),
      }),
    )
    .describe('one for each target, in the order of the request'),
});
export type BulkSendResult = z.infer<typeof bulkSendResultSchema>;

/** One message to sockets of one gateway. */
export interface BulkPart {
  frame: Frame;
  socketIds: string[];
}

/** A gateway's answer to a bulk send: one result for each socket, in order. `lapsed`: it has done nothing. */
export const bulkSendReplySchema = z.union([
  z.object({ results: z.array(sendReplySchema.shape.result) }),
  z.object({ result: z.literal('lapsed') }),
]);
export type BulkSendReply = z.infer<typeof bulkSendReplySchema>;

const headSchema = z.array(z.tuple([z.enum(['text', 'binary']), z.int().nonnegative(), z.array(z.string())]));

const HEAD_LENGTH_BYTES = 4;
/** The most that a message adds to the head beside its socketIds, and the most that each of those adds to its length. */
const PART_BYTES = 32;
const SOCKET_ID_BYTES = 3;

/** The command's payload: the length of its head, the head in JSON, and the messages' bytes as they are. */
export function encodeBulkSend(parts: readonly BulkPart[]): Uint8Array {
  const head = Buffer.from(
    JSON.stringify(parts.map(({ frame, socketIds }) => [frame.type, frame.data.length, socketIds])),
  );
  const length = Buffer.alloc(HEAD_LENGTH_BYTES);
  length.writeUInt32BE(head.length);
  return Buffer.concat([length, head, ...parts.map(({ frame }) => frame.data)]);
}

/** Throws on what `encodeBulkSend` did not make. */
export function decodeBulkSend(payload: Uint8Array): BulkPart[] {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.length);
  let at = HEAD_LENGTH_BYTES + bytes.readUInt32BE();
  const head = headSchema.parse(JSON.parse(bytes.toString('utf8', HEAD_LENGTH_BYTES, at)));
  return head.map(([type, length, socketIds]) => {
    if (at + length > bytes.length) throw new RangeError('a bulk send that ends too early');
    const data = bytes.subarray(at, (at += length));
    return { frame: { type, data }, socketIds };
  });
}

/** Parts that one payload of so many bytes has room for, in order; a message alone may be larger by a few. */
export function splitBulkSend(parts: readonly BulkPart[], maxBytes: number): BulkPart[][] {
  const chunks: BulkPart[][] = [];
  let size = Infinity;
  for (const { frame, socketIds } of parts) {
    const partBytes = PART_BYTES + frame.data.length;
    let part: BulkPart | undefined;
    for (const socketId of socketIds) {
      const idBytes = socketId.length + SOCKET_ID_BYTES;
      if (size + idBytes + (part ? 0 : partBytes) > maxBytes) {
        chunks.push([]);
        size = HEAD_LENGTH_BYTES;
        part = undefined;
      }
      if (!part) {
        part = { frame, socketIds: [] };
        chunks.at(-1)?.push(part);
        size += partBytes;
      }
      part.socketIds.push(socketId);
      size += idBytes;
    }
  }
  return chunks;
}
