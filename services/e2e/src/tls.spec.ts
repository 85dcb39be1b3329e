/** The whole system with certificates: it becomes ready, and says where it is. */
import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { REPO_ROOT } from '@wscm/system';
import { scratchFolder, type Scratch, TestClient } from '@wscm/testing';
import { RunningSystem } from './running-system';

let scratch: Scratch;
let running: RunningSystem;
let env: Record<string, string>;

beforeAll(async () => {
  scratch = await scratchFolder();
  const [certificate, key] = [join(scratch.path, 'crt'), join(scratch.path, 'key')];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=made-up'];
  await promisify(execFile)('openssl', ['req', '-x509', ...kind, '-keyout', key, '-out', certificate]);
  env = {
    ...{ GATEWAY_TLS_CERT_FILE: certificate, GATEWAY_TLS_KEY_FILE: key },
    ...{ REGISTRY_TLS_CERT_FILE: certificate, REGISTRY_TLS_KEY_FILE: key },
  };
  running = await RunningSystem.start({ gateways: 1, registries: 1 }, env);
}, 60_000);

afterAll(async () => {
  await running.stop();
  await scratch.remove();
});

/** The exit code of the images' health check, as it runs beside this replica. */
function healthCheck(service: string, ports: Record<string, number>): number | null {
  const { PATH } = process.env;
  const told = Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, String(port)]));
  const options = { cwd: REPO_ROOT, env: { PATH, ...env, ...told } };
  return spawnSync(process.execPath, ['deploy/health-check.mjs', service], options).status;
}

test('clients connect by wss, REST is HTTPS, and the health check of the images finds both ready', async () => {
  const { webSocket, registries } = running.system.urls;
  expect([webSocket, ...registries].map((url) => url.split(':')[0])).toEqual(['wss', 'https']);
  const client = await TestClient.connect(webSocket, { rejectUnauthorized: false });
  expect(client.replyId).toMatch(/\./);
  client.cut();

  const [gateway, registry] = [running.replica('gateway-1').port, running.replica('registry-1').port];
  expect(healthCheck('gateway', { GATEWAY_ADMIN_PORT: gateway })).toBe(0);
  expect(healthCheck('registry', { REGISTRY_PORT: registry })).toBe(0);
  expect(healthCheck('registry', { REGISTRY_PORT: gateway })).toBe(1);
});
