/** What browsers are told to be careful with, on every answer. */
import helmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';

/** The styles that stand in the page of `/docs` itself: two elements, and an attribute. A test holds them to the page. */
const INLINE_STYLES = [
  "'sha256-/jDKvbQ8cdux+c5epDIqkjHbXDaIY8RucT1PmAe8FG4='",
  "'sha256-ezdv1bOGcoOD7FKudKN0Y2Mb763O6qVtM8LT2mtanIU='",
  "'sha256-eaPyLWVdqMc60xuz5bTp2yBRgVpQSoUggte1+40ONPU='",
];

/** Scripts and styles come from here only. Nothing may frame a page, nor be sent elsewhere. */
const directives = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'", "'unsafe-hashes'", ...INLINE_STYLES],
  imgSrc: ["'self'", 'data:'],
  fontSrc: ["'self'"],
  connectSrc: ["'self'"],
  manifestSrc: ["'self'"],
  baseUri: ["'none'"],
  formAction: ["'none'"],
  frameAncestors: ["'none'"],
};

/** The console's library writes the theme's variables into style elements. The tester opens sockets to any gateway. */
export const consolePolicy = {
  useDefaults: false,
  directives: { ...directives, styleSrc: ["'self'", "'unsafe-inline'"], connectSrc: ["'self'", 'ws:', 'wss:'] },
};

/** To be waited for before further hooks are added, so that what those answer has the headers, too. */
export async function addSecurityHeaders(server: FastifyInstance, { tls }: { tls: boolean }): Promise<void> {
  await server.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives },
    // By default for a year, subdomains too: other services of the same host may be plain HTTP.
    strictTransportSecurity: tls && { includeSubDomains: false },
    referrerPolicy: { policy: 'no-referrer' },
  });
  // Answers tell of people, and depend on who asks.
  server.addHook('onRequest', (_request, reply, done) => {
    void reply.header('cache-control', 'no-store');
    done();
  });
}
