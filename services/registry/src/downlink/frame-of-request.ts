/** The message in an HTTP request: its body verbatim, as text or binary by its content type. */
import { contentTypes, type Frame, Problem } from '@wscm/contracts';

const TEXT = /^(text\/[^/]+|application\/([^/]+\+)?json)$/;

/** Throws the problem `unsupportedMediaType` for a content type that does not tell which of both it is. */
export function frameOfRequest(contentType: string | undefined, body: Buffer | undefined): Frame {
  return { type: frameType(contentType), data: body ?? new Uint8Array() };
}

function frameType(contentType: string | undefined): Frame['type'] {
  const mediaType = contentType?.split(';')[0]?.trim().toLowerCase() ?? '';
  if (TEXT.test(mediaType)) return 'text';
  if (mediaType === contentTypes.binary) return 'binary';
  throw new Problem(
    'unsupportedMediaType',
    `${mediaType || 'no content type'}: text/* and application/json go as text, ${contentTypes.binary} as binary`,
  );
}
