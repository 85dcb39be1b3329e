/** The version that the service tells over NATS and in OpenAPI. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const { version } = JSON.parse(readFileSync(join(__dirname, '..', 'package.json'), 'utf8')) as { version: string };

/** Semantic version. */
export const VERSION = version;
