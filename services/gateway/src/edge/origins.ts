/** From which pages browsers may connect: they tell the page's origin, and its scripts can't change that. */
import type { UpgradeRequest } from './upgrade-request';

export type OriginCheck = (request: UpgradeRequest) => boolean;

/**
 * `allowed`: origins such as `https://app.example.com`, `https://*.example.com` for all hosts below one, or `*`. Undefined:
 * only pages of the host that is connected to. Clients that tell no origin are no browsers, and not asked.
 */
export function originCheck(allowed: readonly string[] | undefined): OriginCheck {
  if (allowed?.includes('*')) return () => true;
  const allows = allowed ? listedIn(allowed) : undefined;
  return ({ headers: { origin, host } }) => {
    if (origin === undefined) return true;
    return allows ? allows(origin.toLowerCase()) : isSameHost(origin, host);
  };
}

function listedIn(allowed: readonly string[]): (origin: string) => boolean {
  const [wildcards, exact] = [[] as { scheme: string; suffix: string }[], new Set<string>()];
  for (const each of allowed.map((origin) => origin.toLowerCase())) {
    const [scheme, suffix] = each.split('*');
    if (scheme && suffix) wildcards.push({ scheme, suffix });
    else exact.add(each);
  }
  return (origin) =>
    exact.has(origin) ||
    wildcards.some(
      ({ scheme, suffix }) =>
        origin.startsWith(scheme) && HOST.test(origin.slice(scheme.length)) && origin.endsWith(suffix),
    );
}

const HOST = /^[a-z0-9.:-]+$/;

/** Of the same name and port; the scheme's own port need not be told. */
function isSameHost(origin: string, host: string | undefined): boolean {
  if (!host || !URL.canParse(origin) || !URL.canParse(`http://${host}`)) return false;
  const { protocol, host: page } = new URL(origin);
  return page === new URL(`${protocol}//${host}`).host;
}

/** True for what may stand in a list of origins. */
export function isOrigin(text: string): boolean {
  if (text === '*' || text === 'null') return true;
  const plain = text.replace('://*.', '://');
  return URL.canParse(plain) && /^[a-z][a-z0-9+.-]*:\/\/[^/?#@*]+$/i.test(plain);
}
