/** Every setting that the README tells of can be set where `docker compose` runs. */
import { documentedSettings, textOf } from './documented-settings';

/** What the Compose files decide themselves: where the servers are, who is who to them, and that HAProxy is in front. */
const DECIDED = new Set([
  ...['HOST', 'GATEWAY_PORT', 'GATEWAY_ADMIN_HOST', 'GATEWAY_ADMIN_PORT', 'REGISTRY_PORT', 'MONGODB_URL'],
  ...['NATS_URL', 'NATS_CREDS', 'NATS_INBOX_PREFIX', 'GATEWAY_NAME'],
  ...['GATEWAY_TLS_CERT_FILE', 'GATEWAY_TLS_KEY_FILE', 'REGISTRY_TLS_CERT_FILE', 'REGISTRY_TLS_KEY_FILE'],
]);

/** Those that the service's part of docker-compose.yml names, and what all services share. */
function passedOn(service: string): Set<string> {
  const parts = textOf('docker-compose.yml').split(/\n(?=\S| {2}\S)/);
  const own = parts.filter((part) => part.startsWith(`  ${service}:`) || /^ {2}[A-Z_]+:/.test(part));
  return new Set(own.flatMap((part) => [...part.matchAll(/^ +([A-Z_]+):/gm)].map(([, name]) => name ?? '')));
}

test.each(['gateway', 'registry'] as const)('of the %s', (service) => {
  const settings = documentedSettings(service).filter((name) => !DECIDED.has(name));
  expect(settings.length).toBeGreaterThan(10);
  const passed = passedOn(service);
  expect(settings.filter((name) => !passed.has(name))).toEqual([]);
});
