/**
 * Other sites' pages in an operator's browser, where REST asks for no key. What a page of another origin sends is refused,
 * as Go's http.CrossOriginProtection does it. Where nobody said that everybody may come in, so is every request for a name
 * that is not this machine's: by such a name a page may reach a server that listens on a loopback address (DNS rebinding).
 */
import type { IncomingHttpHeaders } from 'node:http';
import { isLoopback } from '@wscm/runtime';
import type { AccessSettings } from './access-settings';

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

interface Asked {
  method: string;
  headers: IncomingHttpHeaders;
}

/** Why the request is refused, or null. */
export function foreignFault(asked: Asked, { origins, implicit }: AccessSettings): string | null {
  if (implicit && !isOfThisMachine(asked.headers.host))
    return 'only names of this machine are answered, unless REGISTRY_AUTH is set';
  if (SAFE.has(asked.method) || isOwnPage(asked.headers)) return null;
  return origins.includes(asked.headers.origin ?? '') ? null : 'pages of other origins may not send';
}

/** The last name that was, as it stood there: mostly all requests have the same, and parsing it costs more than their route. */
let lastOwn: string | undefined;

function isOfThisMachine(host: string | undefined): boolean {
  if (host === undefined || host !== lastOwn) {
    if (!isLoopback(hostnameOf(`http://${host}`))) return false;
    lastOwn = host;
  }
  return true;
}

/** Programs other than browsers send neither header. */
function isOwnPage({ 'sec-fetch-site': site, origin, host }: IncomingHttpHeaders): boolean {
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  return origin === undefined || hostOf(origin) === host;
}

const hostOf = (url: string): string => parse(url)?.host ?? '';
const hostnameOf = (url: string): string => parse(url)?.hostname ?? '';

const parse = (url: string): URL | null => (URL.canParse(url) ? new URL(url) : null);
