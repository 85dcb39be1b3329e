/** The JSON in a request over NATS, by its schema. An empty payload is an empty object. */
import { Problem } from '@wscm/contracts';
import type { z } from 'zod';
import { faultsIn } from './faults';

/** Throws the problem `badRequest`, which names the fault. */
export function jsonPayload<S extends z.ZodType>(schema: S, data: Uint8Array): z.infer<S> {
  const parsed = schema.safeParse(data.length === 0 ? {} : parse(data));
  if (!parsed.success) throw new Problem('badRequest', faultsIn(parsed.error));
  return parsed.data;
}

function parse(data: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(data).toString()) as unknown;
  } catch (error) {
    throw new Problem('badRequest', `the payload is no JSON: ${(error as Error).message}`);
  }
}
