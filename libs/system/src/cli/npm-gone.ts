/** npm may be killed, or a signal end the shell that it runs us in: then nobody could send us a Ctrl-C any more. */

const LOOK_EVERY_MS = 250;

/**
 * Sends this process a SIGTERM once the process that started it is gone, if that was npm. Someone who starts Node
 * without npm and leaves, e.g. with nohup, wants us to go on.
 *
 * @returns stops looking
 */
export function endWithNpm(env: NodeJS.ProcessEnv): () => void {
  if (env['npm_lifecycle_event'] === undefined) return () => undefined;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, LOOK_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}
