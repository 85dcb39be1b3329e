/** Of a token's claims those that are told with the client. */
import { type Claims, claimsSchema } from '@wscm/contracts';

/** All that are passed on of one token, as JSON: they stand in each of the client's `connected` events. */
const MAX_BYTES = 2_048;

/** Claims that the token does not have are left out. Undefined where one is no value or list of values, or too large. */
export function claimsOf(all: Readonly<Record<string, unknown>>, names: readonly string[]): Claims | undefined {
  const there = names.filter((name) => Object.hasOwn(all, name)).map((name) => [name, all[name]] as const);
  const { data: claims } = claimsSchema.safeParse(Object.fromEntries(there));
  return claims && Buffer.byteLength(JSON.stringify(claims)) <= MAX_BYTES ? claims : undefined;
}
