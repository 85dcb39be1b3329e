/** Whether the registry can be reached, and what it lacks: its own word, every few seconds. */
import { useQuery } from '@tanstack/react-query';
import { z } from 'zod';
import { ApiError, apiUrl } from './request';

const POLL_MS = 3_000;
const TIMEOUT_MS = 5_000;

const readinessSchema = z.object({
  missing: z.array(z.object({ check: z.string(), message: z.string(), since: z.string() })),
});
export type Missing = z.infer<typeof readinessSchema>['missing'][number];

/** What is missing; nothing where all is well. */
async function askReadiness({ signal }: { signal: AbortSignal }): Promise<Missing[]> {
  const both = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  const response = await fetch(apiUrl('readyz'), { signal: both }).catch((error: unknown) => {
    if (signal.aborted) throw error;
    throw new ApiError(0, 'The registry can’t be reached');
  });
  const { data } = readinessSchema.safeParse(await response.json().catch(() => undefined));
  if (data) return data.missing;
  if (response.ok) return [];
  throw new ApiError(response.status, 'The registry can’t be reached');
}

export type Readiness = { state: 'unknown' | 'unreachable' | 'ready' } | { state: 'lacking'; missing: Missing[] };

export function useReadiness(): Readiness {
  const { data, isError } = useQuery({
    queryKey: ['readiness'],
    queryFn: askReadiness,
    refetchInterval: POLL_MS,
    refetchIntervalInBackground: false,
    retry: false,
  });
  if (isError) return { state: 'unreachable' };
  if (!data) return { state: 'unknown' };
  return data.length === 0 ? { state: 'ready' } : { state: 'lacking', missing: data };
}
