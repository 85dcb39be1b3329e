/** The settings as the README's table has them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPO_ROOT } from '@wscm/system';

export const textOf = (file: string): string => readFileSync(join(REPO_ROOT, file), 'utf8');

/** Those that `service` has for itself and those of both, or only the latter. */
export function documentedSettings(service: 'gateway' | 'registry' | 'both'): string[] {
  const own = rows().filter(([, , , of]) => of === service || of === 'both');
  return own.flatMap(([, variables = '']) => [...variables.matchAll(/`([A-Z_]+)`/g)].map(([, name]) => name ?? ''));
}

/** Undefined for one that is not there. */
export function documentedDefault(setting: string): string | undefined {
  return rows().find(([, variables]) => variables === `\`${setting}\``)?.[2];
}

const rows = (): string[][] =>
  textOf('README.md')
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()));
