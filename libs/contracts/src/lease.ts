/** The lease by which registries know that a gateway lives. Renewed by a NATS request that any registry answers. */
import { z } from 'zod';
import { gatewayIdSchema } from './reply-id';

const count = z.int().nonnegative();

/** What a gateway has counted since its start. `messagesToClients`: sends, and each socket that a broadcast reached. */
export const trafficSchema = z.object({
  connects: count,
  disconnects: count,
  messagesFromClients: count,
  messagesToClients: count,
});
export type Traffic = z.infer<typeof trafficSchema>;

export const leaseRenewalSchema = z.object({
  gatewayId: gatewayIdSchema,
  /** Counts up each time the gateway was declared lost and came back; starts at 1. */
  epoch: count,
  host: z.string(),
  startedAt: z.iso.datetime(),
  connections: count,
  /** Older gateways tell none of it. */
  ...trafficSchema.partial().shape,
});
export type LeaseRenewal = z.infer<typeof leaseRenewalSchema>;

/** `lost`: this epoch was declared lost; take the next one and announce the living sockets under it. */
export const leaseAnswerSchema = z.discriminatedUnion('result', [
  z.object({ result: z.literal('renewed') }),
  z.object({ result: z.literal('lost'), epoch: count }),
]);
export type LeaseAnswer = z.infer<typeof leaseAnswerSchema>;

export const leaseReleaseSchema = z.object({ gatewayId: gatewayIdSchema, epoch: count });
export type LeaseRelease = z.infer<typeof leaseReleaseSchema>;
