/** What a client asks with: copied whole, since the library's own request is gone after the callback. */
import type { HttpRequest, HttpResponse } from 'uWebSockets.js';
import { clientAddress, shortAddress, type TrustProxy } from './addresses';

export interface UpgradeRequest {
  path: string;
  /** As it was sent, without the question mark. */
  query: string;
  /** By lower-case name. Repeated ones are joined by commas (RFC 9110, section 5.3). */
  headers: Readonly<Record<string, string>>;
  /** The client's own, or as trusted proxies tell it. */
  remoteAddress: string;
}

/** Must be called before the upgrade callback returns or awaits. */
export function readUpgradeRequest(response: HttpResponse, request: HttpRequest, trust: TrustProxy): UpgradeRequest {
  const headers = headersOf(request);
  return {
    path: request.getUrl(),
    query: queryOf(request),
    headers,
    remoteAddress: clientAddress(peerAddress(response), headers['x-forwarded-for'], trust),
  };
}

/** Undefined without a question mark, whatever the library's types say. */
const queryOf = (request: { getQuery(): string | undefined }): string => request.getQuery() ?? '';

function headersOf(request: HttpRequest): Record<string, string> {
  const headers = emptyRecord();
  request.forEach((name, value) => {
    const before = headers[name];
    headers[name] = before === undefined ? value : `${before}, ${value}`;
  });
  return headers;
}

/** Its objects inherit nothing, as those without a prototype, which cost V8 several times as much. */
class Names {
  [name: string]: string;
}
Object.setPrototypeOf(Names.prototype, null);
Reflect.deleteProperty(Names.prototype, 'constructor');

/** Any name is a plain key in it, `__proto__` too. */
export const emptyRecord = (): Record<string, string> => new Names();

const peerAddress = (response: HttpResponse): string =>
  shortAddress(Buffer.from(response.getRemoteAddressAsText()).toString('latin1'));
