/** The public id of a client: `<gatewayId>.<socketId>`. Its first part routes a command without any lookup. */
import { randomBytes, randomFillSync } from 'node:crypto';
import { z } from 'zod';

export interface ReplyIdParts {
  gatewayId: string;
  socketId: string;
}

export const MAX_REPLY_ID_LENGTH = 64;

const TOKEN = '[A-Za-z0-9_-]+';
const replyIdPattern = new RegExp(`^(${TOKEN})\\.(${TOKEN})$`);

/** True for what may be one token of a subject: no wildcard, blank or dot. */
export const isToken = (text: string): boolean => /^[A-Za-z0-9_-]+$/.test(text);

/** What may be a gatewayId, wherever somebody tells one. */
export const gatewayIdSchema = z.string().max(MAX_REPLY_ID_LENGTH).refine(isToken, 'is no gatewayId');

/** True for what may be a gateway's name (`GATEWAY_NAME`). */
export const isGatewayName = (text: string): boolean => /^[A-Za-z0-9_-]{1,24}$/.test(text);

/** A new id for one run of one gateway: 96 random bits, 16 characters; after `<name>-` where its gateway has a name. */
export const newGatewayId = (name = ''): string => (name && `${name}-`) + randomBytes(12).toString('base64url');

/** The name that a gatewayId begins with, or an empty text. */
export const gatewayNameIn = (gatewayId: string): string => /^(.+)-.{16}$/.exec(gatewayId)?.[1] ?? '';

/** A new id for one run of one registry: 16 characters. */
export const newRegistryId = (): string => newGatewayId();

const ID_BYTES = 16;
/** Random bytes for ids to come: asking for many at once costs a tenth. Made when first wanted: browsers have no Buffer. */
let pool: Buffer | undefined;
let used = 0;

/** A new id for one socket: 128 random bits, 22 characters. */
export function newSocketId(): string {
  if (!pool || used === pool.length) {
    pool = randomFillSync(pool ?? Buffer.alloc(256 * ID_BYTES));
    used = 0;
  }
  used += ID_BYTES;
  return pool.toString('base64url', used - ID_BYTES, used);
}

export const formatReplyId = ({ gatewayId, socketId }: ReplyIdParts): string => `${gatewayId}.${socketId}`;

/** The two parts of a replyId, or null where the text is none: no wildcard, blank or further dot gets through. */
export function parseReplyId(text: string): ReplyIdParts | null {
  if (text.length > MAX_REPLY_ID_LENGTH) return null;
  const [whole, gatewayId = '', socketId = ''] = replyIdPattern.exec(text) ?? [];
  return whole === undefined ? null : { gatewayId, socketId };
}
