/** Whose address a client has, with proxies between or without. */
import { isIP, isIPv6 } from 'node:net';
import proxyAddr from '@fastify/proxy-addr';

/** Whether to believe what a peer's address says about the client behind it. */
export type TrustProxy = (address: string, hop: number) => boolean;

/** Throws where one of the addresses or networks is none. */
export const trustProxies = (proxies: string[]): TrustProxy => proxyAddr.compile(proxies);

const IPV4_WITHIN_IPV6 = /^(?:0{4}:){5}ffff:([0-9a-f]{2})([0-9a-f]{2}):([0-9a-f]{2})([0-9a-f]{2})$/;

/** The library writes all digits of an IPv6 address, also where an IPv4 client reached a socket for both. */
export function shortAddress(address: string): string {
  if (!address.includes(':')) return address;
  const bytes = IPV4_WITHIN_IPV6.exec(address)?.slice(1);
  if (bytes) return bytes.map((byte) => Number.parseInt(byte, 16)).join('.');
  return isIPv6(address) ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address;
}

/** The nearest address that is no trusted proxy's: the peer's own, or one that trusted proxies wrote down. */
export function clientAddress(peer: string, forwardedFor: string | undefined, trust: TrustProxy): string {
  if (forwardedFor === undefined) return peer;
  const hops = [peer];
  for (const hop of forwardedFor.split(',').reverse()) hops.push(hop.trim());
  const untrusted = hops.findIndex((address, hop) => !trust(address, hop));
  const nearest = hops.at(untrusted) ?? peer;
  return isIP(nearest) ? nearest : (hops[untrusted - 1] ?? peer);
}
