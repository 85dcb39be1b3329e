/** The registries as REST and NATS show them; each tells of itself what it is asked by the others. */
import { z } from 'zod';

const count = z.int().nonnegative();

export const registryStatusSchema = z.object({
  registryId: z.string().min(1).max(64).describe('One run of one registry process'),
  host: z.string(),
  version: z.string(),
  startedAt: z.iso.datetime().meta({ example: '2026-11-23T05:00:00.000Z' }),
  ready: z.boolean().describe('All of the checks are fine'),
  checks: z.object({
    nats: z.boolean(),
    mongodb: z.boolean(),
    consumer: z.boolean().describe('It takes events from the stream, and stores them'),
  }),
  eventsStored: count.describe('Since its start'),
});
export type RegistryStatus = z.infer<typeof registryStatusSchema>;

export const registriesSchema = z.object({
  items: z.array(registryStatusSchema),
  consumer: z
    .object({
      pending: count.describe('Events in the stream that no registry has taken yet'),
      unacknowledged: count.describe('Events that registries have taken and not stored yet'),
      redelivered: count.describe('Those of them that were handed out more than once'),
    })
    .nullable()
    .describe('The consumer that all registries share; null where JetStream does not answer'),
});
export type Registries = z.infer<typeof registriesSchema>;
