/** Every setting that the README tells of can be set where `docker compose` runs. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPO_ROOT } from '@wscm/system';

const textOf = (file: string): string => readFileSync(join(REPO_ROOT, file), 'utf8');

/** What the Compose files decide themselves: where the servers are, who is who to them, and that HAProxy is in front. */
const DECIDED = new Set([
  ...['HOST', 'GATEWAY_PORT', 'GATEWAY_ADMIN_PORT', 'REGISTRY_PORT', 'MONGODB_URL'],
  ...['NATS_URL', 'NATS_CREDS', 'NATS_INBOX_PREFIX', 'GATEWAY_NAME'],
  ...['GATEWAY_TLS_CERT_FILE', 'GATEWAY_TLS_KEY_FILE', 'REGISTRY_TLS_CERT_FILE', 'REGISTRY_TLS_KEY_FILE'],
]);

/** The settings of one service, as the README's table has them. */
function documented(service: string): string[] {
  const rows = textOf('README.md')
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()));
  const own = rows.filter(([, , , of]) => of === service || of === 'both');
  return own.flatMap(([, variables = '']) => [...variables.matchAll(/`([A-Z_]+)`/g)].map(([, name]) => name ?? ''));
}

/** Those that the service's part of docker-compose.yml names, and what all services share. */
function passedOn(service: string): Set<string> {
  const parts = textOf('docker-compose.yml').split(/\n(?=\S| {2}\S)/);
  const own = parts.filter((part) => part.startsWith(`  ${service}:`) || /^ {2}[A-Z_]+:/.test(part));
  return new Set(own.flatMap((part) => [...part.matchAll(/^ +([A-Z_]+):/gm)].map(([, name]) => name ?? '')));
}

test.each(['gateway', 'registry'])('of the %s', (service) => {
  const settings = documented(service).filter((name) => !DECIDED.has(name));
  expect(settings.length).toBeGreaterThan(10);
  const passed = passedOn(service);
  expect(settings.filter((name) => !passed.has(name))).toEqual([]);
});
