/** Measures every request over HTTP. */
import type { HistogramSeries } from '@wscm/runtime';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Metrics } from '../metrics';

/** Routes are few; what is asked beside them is anybody's choice, and so are methods. */
const NO_ROUTE = { route: 'none', method: 'any' };

/** To be called before the server is ready. A stream of events counts when it ends. */
export function measureRequests(server: FastifyInstance, { httpSeconds }: Pick<Metrics, 'httpSeconds'>): void {
  const known = new Map<string, HistogramSeries>();
  const seriesOf = ({ method, routeOptions, is404 }: FastifyRequest, { statusCode }: FastifyReply) => {
    const { url: route } = routeOptions;
    const labels = is404 || route === undefined ? NO_ROUTE : { route, method };
    const key = `${labels.method} ${statusCode} ${labels.route}`;
    const found = known.get(key) ?? httpSeconds.of({ ...labels, status: String(statusCode) });
    known.set(key, found);
    return found;
  };
  server.addHook('onResponse', (request, reply, done) => {
    seriesOf(request, reply).observe(reply.elapsedTime / 1000);
    done();
  });
}
