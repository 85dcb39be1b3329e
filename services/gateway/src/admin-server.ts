/** Health, readiness and metrics over HTTP, on a port of their own. */
import { naming } from '@wscm/runtime';
import { fastify, type FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';

/** What readiness depends on: true where it is fine. */
export type ReadinessChecks = Record<string, () => boolean>;

export async function startAdminServer(
  host: string,
  port: number,
  parts: { metrics: Registry; checks: ReadinessChecks },
): Promise<FastifyInstance> {
  const server = fastify({ forceCloseConnections: true });
  server.get('/healthz', () => ({ status: 'ok' }));
  server.get('/readyz', (_request, reply) => {
    const { ready, checks } = evaluate(parts.checks);
    return reply.status(ready ? 200 : 503).send({ status: ready ? 'ok' : 'error', checks });
  });
  server.get('/metrics', async (_request, reply) =>
    reply.type(parts.metrics.contentType).send(await parts.metrics.metrics()),
  );
  await naming('GATEWAY_ADMIN_PORT', server.listen({ host, port }));
  return server;
}

function evaluate(checks: ReadinessChecks): { ready: boolean; checks: Record<string, 'ok' | 'error'> } {
  const results = Object.entries(checks).map(([name, check]) => [name, check()] as const);
  return {
    ready: results.every(([, fine]) => fine),
    checks: Object.fromEntries(results.map(([name, fine]) => [name, fine ? 'ok' : 'error'])),
  };
}
