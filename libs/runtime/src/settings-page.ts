/** Settings as people may read them: what is in effect, and where it comes from. Secrets are hidden. */
import { z } from 'zod';
import { type Environment, parseSettings, placeOf, withoutSecrets } from './settings';

/** What these names hold, nobody may read. A `…_FILE` is a path, and a `…_URL` is masked. */
const SECRET = /(KEY|KEYS|CREDS|PASSWORD|SECRET|TOKEN|HEADERS)$/;

/** Longer values push their place aside. */
const WIDTH = 60;

/** One line a variable: its value, and whether that is the default, was set, or stands in a file. */
export function describeSettings(variables: z.ZodRawShape, env: Environment): string[] {
  const values: Readonly<Record<string, unknown>> = parseSettings(z.object(variables), env);
  const rows = Object.keys(variables).map((name) => [
    `${name}=${shown(name, values[name])}`,
    values[name] === undefined ? 'not set' : placeOf(variables, env, name),
  ]);
  const width = Math.min(WIDTH, Math.max(...rows.map(([text = '']) => text.length)));
  return rows.map(([text = '', place = '']) => `  ${text.padEnd(width)}  ${place}`);
}

/** Settings are texts, numbers, and lists of them. */
function shown(name: string, value: unknown): string {
  if (value === undefined || value === '') return '';
  if (SECRET.test(name)) return '(hidden)';
  return withoutSecrets(([value].flat() as (string | number)[]).join(','));
}
