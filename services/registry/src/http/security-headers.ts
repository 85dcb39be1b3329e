/** What browsers are told to be careful with, on every answer. */
import type { FastifyInstance } from 'fastify';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The Content-Security-Policy of this route's answers, where it is not everybody's. */
    policy?: string;
  }
}

/** The styles that stand in the page of `/docs` itself: two elements, and an attribute. A test holds them to the page. */
const INLINE_STYLES = [
  "'sha256-/jDKvbQ8cdux+c5epDIqkjHbXDaIY8RucT1PmAe8FG4='",
  "'sha256-ezdv1bOGcoOD7FKudKN0Y2Mb763O6qVtM8LT2mtanIU='",
  "'sha256-eaPyLWVdqMc60xuz5bTp2yBRgVpQSoUggte1+40ONPU='",
];

/** Scripts and styles come from here only. Nothing may frame a page, nor be sent elsewhere. */
const directives = {
  'default-src': "'none'",
  'script-src': "'self'",
  'style-src': ["'self'", "'unsafe-hashes'", ...INLINE_STYLES].join(' '),
  'img-src': "'self' data:",
  'font-src': "'self'",
  'connect-src': "'self'",
  'manifest-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'none'",
};

const policyOf = (all: Readonly<Record<string, string>>): string =>
  Object.entries(all)
    .map(([name, sources]) => `${name} ${sources}`)
    .join(';');

/** The console's library writes the theme's variables into style elements. The tester opens sockets to any gateway. */
export const consolePolicy = policyOf({
  ...directives,
  'style-src': "'self' 'unsafe-inline'",
  'connect-src': "'self' ws: wss:",
});

/** Those that the package helmet sets, as constants: made anew for each answer they cost more than its route. */
const HEADERS = {
  'content-security-policy': policyOf(directives),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'origin-agent-cluster': '?1',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-dns-prefetch-control': 'off',
  'x-download-options': 'noopen',
  'x-frame-options': 'SAMEORIGIN',
  'x-permitted-cross-domain-policies': 'none',
  // The filter that it switches off could be misused; the policy does its work.
  'x-xss-protection': '0',
  // Answers tell of people, and depend on who asks.
  'cache-control': 'no-store',
};

/** For a year, but not for subdomains: other services of the same host may be plain HTTP. */
const TLS_ONLY = { 'strict-transport-security': 'max-age=31536000' };

/** To be called before other hooks are added, so that what those answer has the headers, too. */
export function addSecurityHeaders(server: FastifyInstance, { tls }: { tls: boolean }): void {
  const headers = tls ? { ...HEADERS, ...TLS_ONLY } : HEADERS;
  server.addHook('onRequest', (request, reply, done) => {
    void reply.headers(headers);
    const { policy } = request.routeOptions.config;
    if (policy) void reply.header('content-security-policy', policy);
    done();
  });
}
