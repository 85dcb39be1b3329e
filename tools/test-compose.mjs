// `npm run test:compose`: the system from its images, behind HAProxy: scaled up, hurt, scaled down, and taken away.
// `npm run test:compose -- --production`: the same in the production shape, where the servers are hurt, too.
import { existsSync } from 'node:fs';
import { bootstrap } from './bootstrap.mjs';
import { whatDockerLacks } from './compose/docker.mjs';

const NO_DOCKER = 2;

const lack = await whatDockerLacks();
if (lack) {
  console.error(`${lack} npm run test:compose needs Docker with Compose, and its daemon running.`);
  process.exit(NO_DOCKER);
}
if (!existsSync(new URL('../node_modules/ws', import.meta.url))) await bootstrap();
const { testSystem } = await import('./compose/test-system.mjs');
process.exit(await testSystem({ production: process.argv.includes('--production') }));
