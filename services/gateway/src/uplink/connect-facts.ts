/** What is known of a client from its upgrade request, and may be told: no secret is in it. */
import type { RequestFacts } from '@wscm/contracts';
import type { Identity } from '../edge/identity';
import { readSubprotocols } from '../edge/subprotocols';
import { emptyRecord, type UpgradeRequest } from '../edge/upgrade-request';
import { timeText } from './time-text';

/** Never stored or published: what lets somebody in here or elsewhere, and the handshake's nonce. */
const SECRET_HEADER = /^cookie$|^sec-websocket-key$|(?:authorization|api[-_]?key|token|secret|password|jwt-assertion)$/;
const SUBPROTOCOLS = 'sec-websocket-protocol';

/** `tokenParameter`: the one of the query's that carries a token. */
export function connectFacts(
  request: UpgradeRequest,
  { user, claims }: Pick<Identity, 'user' | 'claims'>,
  tokenParameter: string,
): RequestFacts {
  const facts: RequestFacts = {
    connectedAt: timeText(),
    path: request.path,
    query: queryOf(request.query, tokenParameter),
    headers: publicHeaders(request.headers),
    remoteAddress: request.remoteAddress,
    user,
  };
  if (claims) facts.claims = claims;
  return facts;
}

function publicHeaders(headers: UpgradeRequest['headers']): Record<string, string> {
  const told = emptyRecord();
  for (const name in headers) if (!SECRET_HEADER.test(name) && name !== SUBPROTOCOLS) told[name] = headers[name] ?? '';
  if (headers[SUBPROTOCOLS] === undefined) return told;
  const { offered } = readSubprotocols(headers[SUBPROTOCOLS]);
  if (offered.length > 0) told[SUBPROTOCOLS] = offered.join(', ');
  return told;
}

/** A name given several times has a list of values. MongoDB takes no zero byte in a name. */
export function queryOf(text: string | undefined, without = ''): Record<string, string | string[]> {
  if (!text) return {};
  const query = new Map<string, string | string[]>();
  for (const [rawName, value] of new URLSearchParams(text)) {
    if (rawName === without && without !== '') continue;
    const name = rawName.replaceAll('\0', '\uFFFD');
    const before = query.get(name);
    query.set(name, before === undefined ? value : [before, value].flat());
  }
  return Object.fromEntries(query);
}
