/** Health, readiness and metrics over HTTP, on a port of their own. */
import { metricsText, naming, type Readiness } from '@wscm/runtime';
import { fastify, type FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';

export async function startAdminServer(
  host: string,
  port: number,
  parts: { metrics: Registry; readiness: Readiness },
): Promise<FastifyInstance> {
  const server = fastify({ forceCloseConnections: true });
  server.get('/healthz', () => ({ status: 'ok' }));
  server.get('/readyz', async (_request, reply) => {
    const report = await parts.readiness.report();
    return reply.status(report.status === 'ok' ? 200 : 503).send(report);
  });
  server.get('/metrics', async (_request, reply) =>
    reply.type(parts.metrics.contentType).send(await metricsText(parts.metrics)),
  );
  await naming('GATEWAY_ADMIN_PORT', server.listen({ host, port }));
  return server;
}
