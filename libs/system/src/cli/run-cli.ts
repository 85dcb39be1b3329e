/** `npm start`: runs the whole system until someone ends it or the last of a kind has died. */
import { killAllChildren } from '../children/child';
import type { Log } from '../log';
import { StartFailed } from '../start-failed';
import { startSystem, type SystemOptions } from '../system/start-system';
import type { System } from '../system/system';
import { type Interrupts, listenForInterrupts } from './interrupts';
import { endWithNpm } from './npm-gone';
import { HELP, parseOptions } from './options';
import { readyText } from './ready-text';

const USAGE_FAULT = 2;

/**
 * Does what the arguments say.
 *
 * @param args without the program's name, as in `process.argv.slice(2)`
 * @returns the exit code: 0 after an ordinary end, 1 when it could not start or a kind died out, 2 for bad options
 */
export async function runCli(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const log: Log = (line) => console.log(line);
  const request = parseOptions(args);
  if (request.kind === 'help') log(HELP);
  if (request.kind === 'bad') console.error(request.message);
  if (request.kind !== 'start') return request.kind === 'help' ? 0 : USAGE_FAULT;
  const interrupts = listenForInterrupts(process);
  const forgetNpm = endWithNpm(env);
  try {
    return await runSystem({ ...request, env, log }, interrupts);
  } catch (error) {
    if (!(error instanceof StartFailed)) throw error;
    console.error(error.message);
    return 1;
  } finally {
    forgetNpm();
    interrupts.dispose();
  }
}

/**
 * Starts a system and ends it again, when asked to or when a kind has died out.
 *
 * @returns the exit code
 * @throws {StartFailed}
 */
export async function runSystem(
  options: SystemOptions & { readonly log: Log },
  interrupts: Interrupts,
): Promise<number> {
  const { orderly, quick } = interrupts;
  quick.addEventListener('abort', killAllChildren);
  try {
    const system = await startSystem({ ...options, signal: orderly });
    options.log(readyText(system));
    return await runToEnd(system, orderly, options.log);
  } catch (error) {
    if (!orderly.aborted) throw error;
    options.log('Given up, nothing is left running.');
    return 0;
  } finally {
    quick.removeEventListener('abort', killAllChildren);
  }
}

async function runToEnd(system: System, orderly: AbortSignal, log: Log): Promise<number> {
  const lost = await Promise.race([system.kindLost, whenAborted(orderly)]);
  log(lost ? `The last ${lost} has died: ending everything.` : 'Ending everything; Ctrl-C again kills it.');
  await system.stop();
  return lost ? 1 : 0;
}

async function whenAborted(signal: AbortSignal): Promise<undefined> {
  if (signal.aborted) return undefined;
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(undefined), { once: true }));
}
