/** What is known of a client from its upgrade request. */
import { isIP, isIPv6 } from 'node:net';
import proxyAddr from '@fastify/proxy-addr';
import type { ConnectFacts } from '@wscm/contracts';
import type { HttpRequest, HttpResponse } from 'uWebSockets.js';

/** Never stored or published: what lets somebody in elsewhere, and the handshake's nonce. */
const SECRET_HEADERS = new Set(['authorization', 'cookie', 'proxy-authorization', 'sec-websocket-key']);

export type RequestFacts = Omit<ConnectFacts, 'connectOrder'>;

/** Whether to believe what a peer's address says about the client behind it. */
export type TrustProxy = (address: string, hop: number) => boolean;

/** Throws where one of the addresses or networks is none. */
export const trustProxies = (proxies: string[]): TrustProxy => proxyAddr.compile(proxies);

/** Must be called before the upgrade callback returns or awaits. */
export function readConnectFacts(response: HttpResponse, request: HttpRequest, trust: TrustProxy): RequestFacts {
  const headers = headersOf(request);
  return {
    connectedAt: new Date().toISOString(),
    path: request.getUrl(),
    query: queryOf(request.getQuery()),
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !SECRET_HEADERS.has(name))),
    remoteAddress: clientAddress(peerAddress(response), headers['x-forwarded-for'], trust),
    user: null,
  };
}

/** Repeated headers are joined by commas (RFC 9110, section 5.3). */
function headersOf(request: HttpRequest): Record<string, string> {
  const headers = new Map<string, string>();
  request.forEach((name, value) => {
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  });
  return Object.fromEntries(headers);
}

/** A name given several times has a list of values. MongoDB takes no zero byte in a name. */
export function queryOf(text: string | undefined): Record<string, string | string[]> {
  const query = new Map<string, string | string[]>();
  for (const [rawName, value] of new URLSearchParams(text ?? '')) {
    const name = rawName.replaceAll('\0', '\uFFFD');
    const before = query.get(name);
    query.set(name, before === undefined ? value : [before, value].flat());
  }
  return Object.fromEntries(query);
}

const peerAddress = (response: HttpResponse): string =>
  shortAddress(Buffer.from(response.getRemoteAddressAsText()).toString('latin1'));

const IPV4_WITHIN_IPV6 = /^(?:0{4}:){5}ffff:([0-9a-f]{2})([0-9a-f]{2}):([0-9a-f]{2})([0-9a-f]{2})$/;

/** The library writes all digits of an IPv6 address, also where an IPv4 client reached a socket for both. */
export function shortAddress(address: string): string {
  const bytes = IPV4_WITHIN_IPV6.exec(address)?.slice(1);
  if (bytes) return bytes.map((byte) => Number.parseInt(byte, 16)).join('.');
  return isIPv6(address) ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address;
}

/** The nearest address that is no trusted proxy's: the peer's own, or one that trusted proxies wrote down. */
export function clientAddress(peer: string, forwardedFor: string | undefined, trust: TrustProxy): string {
  const hops = [peer];
  for (const hop of forwardedFor?.split(',').reverse() ?? []) hops.push(hop.trim());
  const untrusted = hops.findIndex((address, hop) => !trust(address, hop));
  const nearest = hops.at(untrusted) ?? peer;
  return isIP(nearest) ? nearest : (hops[untrusted - 1] ?? peer);
}
