// `npm run torture`: sets everything up, and injects faults at random into a system of its own. Options after `--`.
import { bootstrap } from './bootstrap.mjs';

await bootstrap();
await import('@wscm/torture');
