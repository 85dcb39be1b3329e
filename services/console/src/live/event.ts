/** What `GET v1/events` tells of, one object for each event. */
import { eventKinds } from '@wscm/contracts';
import { z } from 'zod';

const count = z.int().nonnegative();
const base = { gatewayId: z.string(), time: z.string() };
const message = { seq: count.optional(), type: z.enum(['text', 'binary']), message: z.string() };
const facts = {
  ...{ connectedAt: z.string(), path: z.string(), remoteAddress: z.string(), user: z.string().nullable() },
  query: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
  headers: z.record(z.string(), z.string()),
};

export const liveEventSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('connected'), replyId: z.string(), ...base, ...facts }),
  z.object({ kind: z.literal('message'), replyId: z.string(), ...base, ...message }),
  z.object({ kind: z.literal('delivered'), replyId: z.string(), ...base, ...message }),
  z.object({
    kind: z.literal('broadcast'),
    replyId: z.null(),
    ...base,
    ...message,
    delivered: count.nullable().optional(),
  }),
  z.object({
    ...{ kind: z.literal('disconnected'), replyId: z.string(), ...base },
    ...{ code: z.int(), reason: z.string() },
  }),
]);
export type LiveEvent = z.infer<typeof liveEventSchema>;

export const liveKinds = eventKinds;

/** Null for what is no event, e.g. of a kind that a newer registry tells of. */
export function parseLiveEvent(text: string): LiveEvent | null {
  try {
    return liveEventSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
