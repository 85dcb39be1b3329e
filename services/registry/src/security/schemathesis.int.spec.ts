/**
 * REST under schemathesis, by its own description: no server error, and every body of the kind and shape that it tells.
 * Needs Python 3 with pip and a package index; where they are not to be had it is skipped, and says why.
 */
import 'reflect-metadata';
import { execFile } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { messageEvent, siteForAllTests } from '../testing/site';

const VERSION = '4.32.5';
const VENV = join(process.env['WSCM_CACHE_DIR'] ?? join(__dirname, '../../../../.cache'), `schemathesis-${VERSION}`);
const PROGRAM = join(VENV, 'bin/schemathesis');
const INSTALL_MS = 240_000;
const RUN_S = 45;

const run = promisify(execFile);
const site = siteForAllTests({ MAX_MESSAGE_BYTES: '1024', COMMAND_TIMEOUT_MS: '200', LEASE_TTL_MS: '600000' });

/** Null, or why it can't be had. */
async function install(): Promise<string | null> {
  if (existsSync(PROGRAM)) return null;
  try {
    await run('python3', ['-m', 'venv', VENV], { timeout: INSTALL_MS });
    await run(join(VENV, 'bin/pip'), ['install', '--quiet', `schemathesis==${VERSION}`], { timeout: INSTALL_MS });
    return null;
  } catch (error) {
    rmSync(VENV, { recursive: true, force: true });
    return (error as Error).message.split('\n')[0] ?? '';
  }
}

it(
  'REST answers whatever schemathesis asks as its description says',
  async () => {
    const missing = await install();
    if (missing !== null) {
      process.stderr.write(`skipped: schemathesis can't be had (${missing})\n`);
      return;
    }
    const key = 'admin-key-0123456789';
    const { url } = await site.startRegistry({ REGISTRY_API_KEYS: `ops:admin:${key}` });
    const done = { send: { result: 'delivered' }, disconnect: { result: 'disconnected' } };
    const gateway = await site.addGateway({ ...done, broadcast: { delivered: 1, dropped: 0 } });
    const replyId = await site.connectClient(gateway, { query: { a: ['b'] }, user: 'ann' });
    await site.put(messageEvent(replyId, 1));

    const options = ['--seed', '20261123', '--generation-database', 'none', '--max-examples', '40', '--no-color'];
    const checks = 'not_a_server_error,content_type_conformance,response_schema_conformance';
    // Its answer has no end.
    const asked = ['--exclude-path', '/v1/events'];
    const bounds = ['--phases', 'examples,coverage,fuzzing', '--max-time', String(RUN_S), '--max-failures', '5'];
    const asking = ['run', `${url}/openapi.json`, '-H', `Authorization: Bearer ${key}`, '--checks', checks];
    const { stdout } = await run(PROGRAM, [...asking, ...asked, ...options, ...bounds], {
      timeout: 2 * RUN_S * 1_000,
    }).catch((error: unknown) => {
      throw new Error((error as { stdout?: string }).stdout ?? String(error));
    });
    expect(stdout).toMatch(/\d+ (generated|passed)/);
  },
  2 * INSTALL_MS,
);
