/** Measures every request over HTTP. */
import type { FastifyInstance } from 'fastify';
import type { Metrics } from '../metrics';

/** Routes are few; what is asked beside them is anybody's choice, and so are methods. */
const NO_ROUTE = { route: 'none', method: 'any' };

/** To be called before the server is ready. A stream of events counts when it ends. */
export function measureRequests(server: FastifyInstance, { httpSeconds }: Pick<Metrics, 'httpSeconds'>): void {
  server.addHook('onResponse', (request, reply, done) => {
    const { method, routeOptions } = request;
    const { url: route } = routeOptions;
    const labels = request.is404 || route === undefined ? NO_ROUTE : { route, method };
    httpSeconds.observe({ ...labels, status: reply.statusCode }, reply.elapsedTime / 1000);
    done();
  });
}
