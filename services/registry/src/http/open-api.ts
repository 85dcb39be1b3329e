/** OpenAPI 3.1 at `/openapi.json`, made from the contracts' schemas; a page to try it at `/docs`. */
import { STATUS_CODES } from 'node:http';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { cleanupOpenApiDoc } from 'nestjs-zod';
import type { AccessSettings } from '../access/access-settings';
import { SCOPE_EXTENSION } from '../access/scopes';
import { VERSION } from '../version';
import { problemContent } from './api-docs';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;

const METHODS = ['get', 'put', 'post', 'delete', 'patch'] as const;

export function serveOpenApi(app: NestFastifyApplication, access: AccessSettings): void {
  const describe = () => describeApi(app, access);
  SwaggerModule.setup('docs', app, describe, { jsonDocumentUrl: 'openapi.json', raw: ['json'] });
}

function describeApi(app: NestFastifyApplication, { methods }: AccessSettings): OpenAPIObject {
  const about = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('WebSocket Client Manager')
    .setDescription('Who is connected over WebSocket; send to one or to all; disconnect.')
    .setVersion(VERSION)
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .build();
  const described = SwaggerModule.createDocument(app, about);
  if (methods.length > 0) describeAccess(described);
  return cleanupOpenApiDoc(described, { version: '3.1' });
}

/** How a caller says who it is, which scope each request needs, and what others are answered. */
function describeAccess(described: OpenAPIObject): void {
  described.components = {
    ...described.components,
    securitySchemes: {
      bearer: { type: 'http', scheme: 'bearer' },
      apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
    },
  };
  for (const path of Object.values(described.paths))
    for (const method of METHODS) if (path[method]) describeScope(path[method]);
}

function describeScope(operation: Operation): void {
  const scope = String((operation as unknown as Record<string, unknown>)[SCOPE_EXTENSION]);
  operation.security = [{ bearer: [scope] }, { apiKey: [scope] }];
  for (const status of [401, 403])
    operation.responses[status] = { description: STATUS_CODES[status] ?? '', content: problemContent };
}
