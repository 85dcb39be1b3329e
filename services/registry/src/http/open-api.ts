/** OpenAPI 3.1 at `/openapi.json`, made from the contracts' schemas; a page to try it at `/docs`. */
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { cleanupOpenApiDoc } from 'nestjs-zod';
import { VERSION } from '../version';

export function serveOpenApi(app: NestFastifyApplication): void {
  SwaggerModule.setup('docs', app, () => describeApi(app), { jsonDocumentUrl: 'openapi.json', raw: ['json'] });
}

function describeApi(app: NestFastifyApplication): OpenAPIObject {
  const about = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('WebSocket Client Manager')
    .setDescription('Who is connected over WebSocket; send to one or to all; disconnect.')
    .setVersion(VERSION)
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .build();
  return cleanupOpenApiDoc(SwaggerModule.createDocument(app, about), { version: '3.1' });
}
