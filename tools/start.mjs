// `npm start`: sets everything up and runs the whole system, all in this one process, so that signals arrive.
import { bootstrap } from './bootstrap.mjs';

await bootstrap();
const { runCli } = await import('@wscm/system');
process.exit(await runCli(process.argv.slice(2), process.env));
