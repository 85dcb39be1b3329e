/** The services' command lines, as built: what they tell of themselves, and of their settings no secret. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { REPO_ROOT } from '@wscm/system';
import { type Scratch, scratchFolder } from '@wscm/testing';

interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

function run(service: string, args: string[], env: Record<string, string> = {}): Promise<Ran> {
  const main = join(REPO_ROOT, 'services', service, 'dist/main.js');
  return new Promise((resolve) =>
    execFile(process.execPath, [main, ...args], { env, timeout: 60_000 }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    ),
  );
}

const SERVICES = ['gateway', 'registry'];
const NOBODY = 'nats://127.0.0.1:1';
const SECRET = 'planted-secret-of-more-than-32-characters';

let scratch: Scratch;
beforeAll(async () => {
  scratch = await scratchFolder();
});
afterAll(() => scratch.remove());

const planted: Record<string, Record<string, string>> = {
  gateway: { NATS_URL: `nats://user:${SECRET}@nats:4222,nats://user:${SECRET}@other:4222`, GATEWAY_AUTH: 'jwt' },
  registry: {
    NATS_URL: `tls://${SECRET}@nats:4222`,
    MONGODB_URL: `mongodb://user:${SECRET}@mongo/wscm?tls=true&tlsCertificateKeyFilePassword=${SECRET}`,
    REGISTRY_API_KEYS: `shop:read+send:${SECRET}`,
  },
};

describe.each(SERVICES)('%s', (service) => {
  test('--check-config shows each setting, its place, and no secret; it connects to nothing', async () => {
    const file = join(scratch.path, 'prefix');
    const keyFile = join(scratch.path, 'key');
    await Promise.all([writeFile(file, 'from-a-file\n'), writeFile(keyFile, SECRET)]);
    const given = { ...planted[service], NATS_CREDS: SECRET, MAX_MESSAGE_BYTES: '5', WSCM_PREFIX_FILE: file };
    const { code, stdout, stderr } = await run(service, ['--check-config'], {
      ...given,
      [`${service.toUpperCase()}_JWT_KEY_FILE`]: keyFile,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).not.toContain('planted');
    expect(stdout).toMatch(new RegExp(`^${service} \\d+\\.\\d+\\.\\d+: the settings are good\\.\n`));
    expect(stdout).toMatch(/^ {2}MAX_MESSAGE_BYTES=5 +set$/m);
    expect(stdout).toMatch(new RegExp(`^ {2}WSCM_PREFIX=from-a-file +from ${file}$`, 'm'));
    expect(stdout).toMatch(/^ {2}NATS_URL=(nats|tls):\/\/…@\w+:4222 +set$/m);
    expect(stdout).toMatch(/^ {2}NATS_CREDS=\(hidden\) +set$/m);
    expect(stdout).toMatch(/^ {2}LEASE_TTL_MS=10000 +default$/m);
  });

  test('--check-config of bad settings says what a start says, and ends as it does', async () => {
    const bad = { NATS_URL: NOBODY, MAX_MESSAGE_BYTES: 'many', LEASE_TTL_MS: '1', HOST: '0.0.0.0' };
    const [checked, started] = await Promise.all([run(service, ['--check-config'], bad), run(service, [], bad)]);
    expect(checked).toEqual(started);
    expect(checked).toMatchObject({ code: 1, stdout: '' });
    expect(checked.stderr).toMatch(/^Bad settings:\n(.*\n)*.*MAX_MESSAGE_BYTES=many/);
  });

  test('--help names every setting, and README.md has each of them', async () => {
    const { code, stdout } = await run(service, ['--help']);
    expect(code).toBe(0);
    const names = Array.from(stdout.matchAll(/^ {2}([A-Z_]+)=/gm), ([, name = '']) => name);
    expect(names.length).toBeGreaterThan(15);
    expect(new Set(names).size).toBe(names.length);
    const page = (name: string) => readFileSync(join(REPO_ROOT, name), 'utf8');
    // Those of OpenTelemetry have a page of their own.
    const [readme, tracing] = [page('README.md'), page('docs/tracing.md')];
    const isTold = (name: string) =>
      name.startsWith('OTEL_') ? tracing.includes(name) : readme.includes(`\`${name}\``);
    expect(names.filter((name) => !isTold(name))).toEqual([]);
  });

  test('--version prints it; what is no option is refused', async () => {
    const [version, unknown] = await Promise.all([run(service, ['--version']), run(service, ['--check', '--help'])]);
    expect(version).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as string });
    expect(unknown).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/^--check --help: .*--check-config/) as string,
    });
  });
});

test('the gateway checks what its settings name, too', async () => {
  const { code, stderr } = await run('gateway', ['--check-config'], {
    GATEWAY_AUTH: 'basic',
    GATEWAY_BASIC_FILE: '/none',
  });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^Bad settings:\n {2}GATEWAY_BASIC_FILE=\/none: /);
});
