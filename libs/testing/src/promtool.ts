/** Prometheus' own checker, where this machine has it (Debian's package prometheus). */
import { spawnSync } from 'node:child_process';

/** Runs it; what it says, empty where it finds no fault. Undefined where it is not on PATH. */
export function promtool(args: readonly string[], input = ''): { faults: string } | undefined {
  const { status, error, stdout, stderr } = spawnSync('promtool', args, { input, encoding: 'utf8' });
  if ((error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') return undefined;
  return { faults: status === 0 ? '' : `${stdout}${stderr}${error?.message ?? ''}` };
}

/** Is it there? */
export const hasPromtool = (): boolean => promtool(['--version']) !== undefined;
