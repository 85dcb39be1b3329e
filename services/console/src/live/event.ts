/** What `GET v1/events` tells of, read from its text. */
import { type ShownEvent, shownEventSchema } from '@wscm/contracts';

/** Null for what is no event, e.g. of a kind that a newer registry tells of. */
export function parseLiveEvent(text: string): ShownEvent | null {
  try {
    return shownEventSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
