/** The version that the service tells over NATS, in OpenAPI and as a metric. */
import { join } from 'node:path';
import { versionOf } from '@wscm/runtime';

/** Semantic version. */
export const VERSION = versionOf(join(__dirname, '..'));
