/** The spans of REST requests, by OpenTelemetry's semantic conventions for HTTP servers. */
import { type OpenSpan, type SpanStart, tracing } from '@wscm/tracing';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Adds nothing where traces are off. */
export function traceRequests(server: FastifyInstance): void {
  const traces = tracing();
  if (!traces) return;
  const spans = new WeakMap<FastifyRequest, OpenSpan>();
  server.addHook('onRequest', (request, _reply, done) => {
    const span = isTraced(request) ? traces.begin(startOf(request)) : null;
    if (span) spans.set(request, span);
    done();
  });
  // Behind the reading of the body, which would lose the span that is active.
  server.addHook('preHandler', (request, _reply, done) => {
    const span = spans.get(request);
    if (span) span.run(done);
    else done();
  });
  server.addHook('onResponse', (request, { statusCode }, done) => {
    const span = spans.get(request);
    span?.set({ 'http.response.status_code': statusCode });
    span?.end(statusCode >= 500 ? String(statusCode) : undefined);
    done();
  });
}

/** What is asked of clients and gateways; not health, pages, or a stream of events that goes on for hours. */
function isTraced({ routeOptions }: FastifyRequest): boolean {
  const { url = '' } = routeOptions;
  return url.startsWith('/v1/') && url !== '/v1/events';
}

/** Of the path, not of the query: filters name people. */
function startOf({ method, routeOptions, url, protocol, headers }: FastifyRequest): SpanStart {
  const { url: route = '' } = routeOptions;
  return {
    name: `${method} ${route}`,
    kind: 'server',
    from: (name) => [headers[name] ?? []].flat().join(','),
    mayBeRoot: true,
    attributes: () => ({
      'http.request.method': method,
      'http.route': route,
      'url.path': url.replace(/\?.*$/s, ''),
      'url.scheme': protocol,
    }),
  };
}
