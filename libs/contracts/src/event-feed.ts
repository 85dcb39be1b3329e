/** The events as `GET /v1/events` shows them: which ones can be asked for, and the JSON of each. */
import { z } from 'zod';
import { type ConnectFacts, type EventKind, eventKinds, type Frame, type GatewayEvent } from './events';
import { isToken, parseReplyId } from './reply-id';

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
  gatewayId: z.string().max(64).refine(isToken, 'is no gatewayId').optional(),
  path: z.string().min(1).max(2048).optional().describe('The path that the client connected with'),
  lastEventId: z.string().optional().describe('As the header Last-Event-ID, for whoever can’t set headers'),
});
export type EventQuery = z.infer<typeof eventQuerySchema>;

/** The kinds in `kind` of a query, without those that are none. */
export const kindsOf = ({ kind = [] }: EventQuery): EventKind[] => kindsIn(kind).filter(isKind);

const kindsIn = (given: string | string[]): string[] => [given].flat().flatMap((text) => text.split(','));

const isKind = (text: string): text is EventKind => (eventKinds as readonly string[]).includes(text);

interface ShownMessage {
  seq: number;
  type: Frame['type'];
  /** The text, or the bytes in base64 where the type is binary. */
  message: string;
}

interface OfClient {
  replyId: string;
  gatewayId: string;
  time: string;
}

/** The JSON in `data:` of one event. */
export type ShownEvent =
  | ({ kind: 'connected' } & OfClient & Omit<ConnectFacts, 'connectOrder'>)
  | ({ kind: 'message' } & OfClient & ShownMessage)
  | ({ kind: 'delivered'; via: 'send' } & OfClient & ShownMessage)
  | ({ kind: 'disconnected'; code: number; reason: string } & OfClient)
  | ({ kind: 'broadcast'; delivered: number | null } & Omit<OfClient, 'replyId'> & { replyId: null } & ShownMessage);

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

const shownFrame = ({ type, data }: Frame): Pick<ShownMessage, 'type' | 'message'> => ({
  type,
  message: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString(type === 'text' ? 'utf8' : 'base64'),
});
