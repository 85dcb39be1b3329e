/** What is wrong with an input, in one line for people. */
import type { z } from 'zod';

/** E.g. `limit: Too big: expected number to be <=1000; Unrecognized key: "color"`. */
export const faultsIn = (error: z.ZodError): string =>
  error.issues
    .map(({ path, message }) => (path.length > 0 ? `${path.map(String).join('.')}: ${message}` : message))
    .join('; ');
