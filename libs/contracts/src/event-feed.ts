/** The events as `GET /v1/events` shows them: which ones can be asked for, and the JSON of each. */
import { z } from 'zod';
import { connectFactsSchema, type EventKind, eventKinds, type Frame, type GatewayEvent } from './events';
import { gatewayIdSchema, parseReplyId } from './reply-id';

const kinds = z
  .union([z.string(), z.array(z.string())])
  .refine((given) => kindsIn(given).every(isKind), `must be of ${eventKinds.join(', ')}`)
  .describe(`Of ${eventKinds.join(', ')}; several are repeated, or joined by commas`);

/** All that are given must hold. */
export const eventQuerySchema = z.strictObject({
  kind: kinds.optional(),
  replyId: z
    .string()
    .refine((text) => parseReplyId(text) !== null, 'is no replyId')
    .optional(),
  gatewayId: gatewayIdSchema.optional(),
  path: z.string().min(1).max(2048).optional().describe('The path that the client connected with'),
  lastEventId: z.string().optional().describe('As the header Last-Event-ID, for whoever can’t set headers'),
});
export type EventQuery = z.infer<typeof eventQuerySchema>;

/** The kinds in `kind` of a query, without those that are none. */
export const kindsOf = ({ kind = [] }: EventQuery): EventKind[] => kindsIn(kind).filter(isKind);

const kindsIn = (given: string | string[]): string[] => [given].flat().flatMap((text) => text.split(','));

const isKind = (text: string): text is EventKind => (eventKinds as readonly string[]).includes(text);

const count = z.int().nonnegative();
const ofClient = { replyId: z.string(), gatewayId: z.string(), time: z.string() };
const said = {
  seq: count,
  type: z.enum(['text', 'binary']),
  message: z.string().describe('The text, or the bytes in base64 where the type is binary'),
};

/** The JSON in `data:` of one event; whoever reads it lets further fields pass. */
export const shownEventSchema = z.discriminatedUnion('kind', [
  z.object({
    ...{ kind: z.literal('connected'), ...ofClient },
    ...connectFactsSchema.omit({ connectOrder: true, claims: true }).shape,
  }),
  z.object({ kind: z.literal('message'), ...ofClient, ...said }),
  z.object({ kind: z.literal('delivered'), ...ofClient, ...said, via: z.literal('send') }),
  z.object({
    ...{ kind: z.literal('broadcast'), ...ofClient, replyId: z.null(), ...said },
    delivered: count.nullable().describe('Sockets that took it; null where an older gateway does not tell'),
  }),
  z.object({ kind: z.literal('disconnected'), ...ofClient, code: z.int(), reason: z.string() }),
]);
export type ShownEvent = z.infer<typeof shownEventSchema>;

export function shownEvent(event: GatewayEvent): ShownEvent {
  const { kind, time } = event;
  if (kind === 'broadcast') {
    const { gatewayId, seq, delivered = null } = event;
    return { kind, replyId: null, gatewayId, time, seq, delivered, ...shownFrame(event.frame) };
  }
  const { replyId } = event;
  const base = { replyId, gatewayId: parseReplyId(replyId)?.gatewayId ?? '', time };
  switch (kind) {
    case 'connected': {
      const { connectedAt, path, query, headers, remoteAddress, user } = event.connected;
      return { kind, ...base, connectedAt, path, query, headers, remoteAddress, user };
    }
    case 'message':
      return { kind, ...base, seq: event.seq, ...shownFrame(event.frame) };
    case 'delivered':
      return { kind, ...base, seq: event.seq, via: 'send', ...shownFrame(event.frame) };
    case 'disconnected':
      return { kind, ...base, code: event.disconnected.code, reason: event.disconnected.reason };
  }
}

const shownFrame = ({ type, data }: Frame): { type: Frame['type']; message: string } => ({
  type,
  message: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString(type === 'text' ? 'utf8' : 'base64'),
});
