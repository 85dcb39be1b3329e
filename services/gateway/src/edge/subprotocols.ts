/**
 * Subprotocols, and tokens among them: browsers can set no header of a handshake but this one. A token stands as
 * `wscm.jwt.<token>`, or follows an entry `bearer`.
 */

const TOKEN_PREFIX = 'wscm.jwt.';
const BEARER = 'bearer';
/** Any JSON Web Token, told by how its header begins; it may have been meant for somebody else. */
const LOOKS_LIKE_TOKEN = /^eyJ[\w-]*\.[\w-]+\.[\w-]*$/;

export interface Subprotocols {
  token: string | undefined;
  /** What may be known of what was offered: everything but tokens. */
  offered: string[];
  /** What to answer; never a token. Browsers end a connection where none of those they offer is taken. */
  chosen: string;
}

const NONE: Subprotocols = { token: undefined, offered: [], chosen: '' };

export function readSubprotocols(header: string | undefined): Subprotocols {
  if (!header) return NONE;
  let token: string | undefined;
  const offered: string[] = [];
  let before = '';
  for (const entry of header.split(',').map((part) => part.trim())) {
    if (entry.startsWith(TOKEN_PREFIX)) token ??= entry.slice(TOKEN_PREFIX.length);
    else if (before.toLowerCase() === BEARER) token ??= entry;
    else if (!LOOKS_LIKE_TOKEN.test(entry)) offered.push(entry);
    before = entry;
  }
  return { token, offered, chosen: offered.find((entry) => entry.toLowerCase() !== BEARER) ?? offered[0] ?? '' };
}
