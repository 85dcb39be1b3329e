/** On what was measured: the machine, and the versions of what took part. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, release, totalmem } from 'node:os';
import { hasNchan, NGINX } from '../contenders/nchan-paths.mjs';

const require = createRequire(import.meta.url);

const versionOf = (name) => {
  const { pathname } = new URL(`../node_modules/${name}/package.json`, import.meta.url);
  return JSON.parse(readFileSync(pathname, 'utf8')).version;
};

const goVersion = () => execFileSync('go', ['env', 'GOVERSION'], { encoding: 'utf8' }).trim();

const centrifugeVersion = () =>
  /centrifuge (v\S+)/.exec(readFileSync(new URL('../contenders/centrifuge/go.mod', import.meta.url), 'utf8'))?.[1];

/** nginx says it on standard error. */
const nginxVersion = () => /nginx\/(\S+)/.exec(spawnSync(NGINX, ['-v'], { encoding: 'utf8' }).stderr)?.[1];

/** What a program says to `--version`; empty where it does not. */
async function programVersion(name) {
  const { findProgram } = require('@wscm/system');
  const { path } = await findProgram(name).then((found) => (typeof found === 'string' ? { path: found } : found));
  return execFileSync(path, ['--version'], { encoding: 'utf8' }).split('\n')[0].replace(/^\D*/, '');
}

export async function describeMachine() {
  return {
    processor: cpus()[0].model.trim(),
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    versions: {
      node: process.versions.node,
      go: goVersion(),
      'nats-server': await programVersion('nats-server'),
      mongod: await programVersion('mongod'),
      'uWebSockets.js': versionOf('uWebSockets.js'),
      ws: versionOf('ws'),
      'socket.io': versionOf('socket.io'),
      '@socket.io/mongo-adapter': versionOf('@socket.io/mongo-adapter'),
      centrifuge: centrifugeVersion(),
      ...(hasNchan() ? { nginx: nginxVersion() } : {}),
    },
  };
}
