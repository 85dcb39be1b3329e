// HEALTHCHECK of the images: exits with 0 where the service of this container is ready. It is asked where its settings say
// that it listens, by HTTPS where they say so; whose certificate that is does not matter within the container.
import { get as httpGet } from 'node:http';
import { get as httpsGet } from 'node:https';

const { GATEWAY_ADMIN_PORT = 8081, REGISTRY_PORT = 3000, REGISTRY_TLS_CERT_FILE } = process.env;
const anyAddress = ['', '0.0.0.0', '::'];
const service = process.argv[2];
const told = (service === 'gateway' && process.env.GATEWAY_ADMIN_HOST) || process.env.HOST || '';
const host = anyAddress.includes(told) ? '127.0.0.1' : told;
const port = service === 'gateway' ? GATEWAY_ADMIN_PORT : REGISTRY_PORT;
const get = service === 'registry' && REGISTRY_TLS_CERT_FILE ? httpsGet : httpGet;
const options = { host, port, path: '/readyz', timeout: 4_000, rejectUnauthorized: false };
get(options, ({ statusCode }) => process.exit(statusCode === 200 ? 0 : 1))
  .on('timeout', () => process.exit(1))
  .on('error', () => process.exit(1));
