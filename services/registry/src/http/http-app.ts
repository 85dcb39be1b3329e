/** The HTTP side: Nest on Fastify, and what stands before every route. */
import type { Server as TlsServer } from 'node:tls';
import type { NestApplicationOptions } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Problem } from '@wscm/contracts';
import type { Logger } from '@wscm/runtime';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { createZodValidationPipe } from 'nestjs-zod';
import { z } from 'zod';
import { guardRoutes } from '../access/gatekeeper';
import { nestLogger } from '../logging';
import { Metrics } from '../metrics';
import { RegistryModule, type RegistryParts } from '../registry.module';
import { faultsIn } from '../transport/faults';
import { takeBodiesVerbatim } from './bodies';
import { answerClientError } from './client-errors';
import { serveConsole } from './console';
import { serveOpenApi } from './open-api';
import { measureRequests } from './request-times';
import { ProblemFilter } from './problem.filter';
import { addSecurityHeaders } from './security-headers';
import { readPair, renewTls, type TlsFiles } from './tls';
import { traceRequests } from './traced-requests';

/** Longer than any URL, so that a replyId of any length is answered by its own route. */
const MAX_PARAM_LENGTH = 65_536;

/** Listens to nothing yet. */
export async function createHttpApp(parts: RegistryParts): Promise<NestFastifyApplication> {
  const { settings, log, strategy } = parts;
  const problems = new ProblemFilter(log);
  const adapter = new FastifyAdapter({
    ...(settings.tls ? { https: readPair(settings.tls) } : {}),
    bodyLimit: settings.MAX_MESSAGE_BYTES,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    frameworkErrors: (error: Error, _request: FastifyRequest, reply: FastifyReply) => problems.answer(error, reply),
    clientErrorHandler: answerClientError,
  });
  const server = adapter.getInstance();
  if (settings.tls) renewWhileOpen(server, settings.tls, log);
  addSecurityHeaders(server, { tls: settings.tls !== null });
  traceRequests(server);
  guardRoutes(server, settings.access);
  refuseBrokenQueries(server, problems);
  takeBodiesVerbatim(server, settings.MAX_MESSAGE_BYTES);
  await serveConsole(server, { gatewayUrl: settings.GATEWAY_PUBLIC_URL ?? null });
  const options: NestApplicationOptions = { bodyParser: false, logger: nestLogger(log), abortOnError: false };
  const app = await NestFactory.create<NestFastifyApplication>(RegistryModule.with(parts), adapter, options);
  const ValidationPipe = createZodValidationPipe({
    createValidationException: (error) => new Problem('badRequest', error instanceof z.ZodError ? faultsIn(error) : ''),
  });
  measureRequests(server, app.get(Metrics));
  if (settings.access.origins.length > 0) app.enableCors(corsFor(settings.access.origins));
  app.useGlobalPipes(new ValidationPipe());
  app.useGlobalFilters(problems);
  app.connectMicroservice({ strategy });
  serveOpenApi(app, settings.access);
  return app;
}

function renewWhileOpen(server: FastifyInstance, files: TlsFiles, log: Logger): void {
  const end = renewTls(server.server as unknown as TlsServer, files, log);
  server.addHook('onClose', (_instance, done) => {
    end();
    done();
  });
}

/** Without, no other origin's page may use REST: a preflight finds nothing that allows it. */
const corsFor = (origins: readonly string[]) => ({
  origin: [...origins],
  methods: ['GET', 'POST', 'DELETE'],
  allowedHeaders: ['authorization', 'x-api-key', 'content-type', 'last-event-id'],
  exposedHeaders: ['retry-after', 'www-authenticate'],
  maxAge: 600,
});

/** Fastify takes what can't be decoded as it stands: a filter would then quietly mean something else. */
function refuseBrokenQueries(server: FastifyInstance, problems: ProblemFilter): void {
  server.addHook('onRequest', (request, reply, done) => {
    if (isDecodable(request.url)) done();
    else problems.answer(new Problem('badRequest', 'the URL is not percent-encoded UTF-8'), reply);
  });
}

function isDecodable(text: string): boolean {
  if (!text.includes('%')) return true;
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
