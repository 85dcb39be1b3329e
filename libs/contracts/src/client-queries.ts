/** What can be asked of the list of clients: filters, sort, and pages by cursor. The same over REST and NATS. */
import { z } from 'zod';
import { clientSchema } from './client';

export const MAX_PAGE = 1000;
export const DEFAULT_PAGE = 100;

/** By the time of connecting, oldest or newest first. It never changes, so pages are stable while clients come and go. */
export const sorts = ['connectedAt', '-connectedAt'] as const;
export type Sort = (typeof sorts)[number];

const text = z.string().min(1).max(2048);

/** All are equalities; several are joined by AND. */
export const clientFiltersSchema = z.strictObject({
  gatewayId: text.optional(),
  path: text.optional(),
  user: text.optional(),
  remoteAddress: text.optional(),
});
export type ClientFilters = z.infer<typeof clientFiltersSchema>;

export const clientListQuerySchema = clientFiltersSchema.extend({
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(DEFAULT_PAGE),
  cursor: z.string().min(1).max(2048).optional().describe('`next` of the page before'),
  sort: z.enum(sorts).default('connectedAt'),
});
export type ClientListQuery = z.infer<typeof clientListQuerySchema>;

export const clientPageSchema = z.object({ items: z.array(clientSchema), next: z.string().min(1).nullable() });
export type ClientPage = z.infer<typeof clientPageSchema>;

export const clientCountSchema = z.object({ count: z.int().nonnegative() });
export type ClientCount = z.infer<typeof clientCountSchema>;
