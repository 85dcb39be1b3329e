/** A place in a list of clients: after the last client of a page. Opaque to callers. */
import { Problem, type Sort, sorts } from '@wscm/contracts';
import { z } from 'zod';

/** The most milliseconds from 1970 that a date may have. */
const MAX_TIME = 8.64e15;

const cursorSchema = z.tuple([z.enum(sorts), z.int().min(-MAX_TIME).max(MAX_TIME), z.string()]);

export interface Place {
  sort: Sort;
  connectedAt: Date;
  _id: string;
}

export const encodeCursor = ({ sort, connectedAt, _id }: Place): string =>
  Buffer.from(JSON.stringify([sort, connectedAt.getTime(), _id])).toString('base64url');

/** Throws the problem `badRequest` for a text that is none, or was made for another sort. */
export function decodeCursor(text: string, sort: Place['sort']): Place {
  const parsed = cursorSchema.safeParse(parse(text));
  if (!parsed.success || parsed.data[0] !== sort) throw new Problem('badRequest', 'cursor: not one of this list');
  const [, time, _id] = parsed.data;
  return { sort, connectedAt: new Date(time), _id };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString()) as unknown;
  } catch {
    return undefined;
  }
}
