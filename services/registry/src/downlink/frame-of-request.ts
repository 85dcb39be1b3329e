/** What an HTTP request's body says: a message verbatim, as text or binary by its content type; or JSON. */
import { contentTypes, type Frame, Problem } from '@wscm/contracts';
import type { z } from 'zod';
import { jsonPayload } from '../transport/json-payload';

const JSON_TYPE = /^application\/([^/]+\+)?json$/;
const TEXT = /^(text\/[^/]+|application\/([^/]+\+)?json)$/;

/** Throws the problem `unsupportedMediaType` for a content type that does not tell which of both it is. */
export function frameOfRequest(contentType: string | undefined, body: Buffer | undefined): Frame {
  return { type: frameType(contentType), data: body ?? new Uint8Array() };
}

/** Throws the problems `unsupportedMediaType` and `badRequest`. */
export function jsonOfRequest<S extends z.ZodType>(
  schema: S,
  contentType: string | undefined,
  body: Buffer | undefined,
): z.infer<S> {
  const mediaType = mediaTypeOf(contentType);
  if (!JSON_TYPE.test(mediaType))
    throw new Problem('unsupportedMediaType', `${mediaType || 'no content type'}: must be ${contentTypes.json}`);
  return jsonPayload(schema, body ?? new Uint8Array());
}

const mediaTypeOf = (contentType: string | undefined): string => contentType?.split(';')[0]?.trim().toLowerCase() ?? '';

function frameType(contentType: string | undefined): Frame['type'] {
  const mediaType = mediaTypeOf(contentType);
  if (TEXT.test(mediaType)) return 'text';
  if (mediaType === contentTypes.binary) return 'binary';
  throw new Problem(
    'unsupportedMediaType',
    `${mediaType || 'no content type'}: text/* and application/json go as text, ${contentTypes.binary} as binary`,
  );
}
