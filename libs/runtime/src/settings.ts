/** Settings from environment variables: parsed once, every fault named, frozen. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** Environment variables by name, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Bad settings. The message has one line for each bad variable. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';

  constructor(readonly faults: readonly string[]) {
    super(`Bad settings:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
  }
}

/**
 * Reads the variables that the schema names; an empty one counts as not set. Where `<name>_FILE` is set instead, the value
 * is what that file holds, less blanks and line breaks at its end: a secret then shows in no environment. (Not where the
 * schema has a `<name>_FILE` of its own.) Throws `SettingsError`.
 */
export function parseSettings<S extends z.ZodObject>(schema: S, env: Environment): Readonly<z.infer<S>> {
  const given = Object.fromEntries(
    Object.keys(schema.shape).map((name) => [name, textOf(env, name) ?? contentOf(schema, env, `${name}_FILE`)]),
  );
  const parsed = schema.safeParse(given);
  if (!parsed.success) throw new SettingsError(parsed.error.issues.map((issue) => describe(issue, given)));
  return Object.freeze(parsed.data);
}

const textOf = (env: Environment, name: string): string | undefined => (env[name] === '' ? undefined : env[name]);

function contentOf(schema: z.ZodObject, env: Environment, variable: string): string | undefined {
  const file = textOf(env, variable);
  if (file === undefined || variable in schema.shape) return undefined;
  try {
    return readFileSync(file, 'utf8').trimEnd();
  } catch (error) {
    throw new SettingsError([`${variable}=${file}: can't be read: ${(error as Error).message}`]);
  }
}

function describe(issue: z.core.$ZodIssue, given: Record<string, string | undefined>): string {
  const name = String(issue.path[0]);
  const value = given[name];
  return `${name}${value === undefined ? '' : `=${withoutSecrets(value)}`}: ${issue.message}`;
}

/** Where a variable of these has its value from, in words. */
export function placeOf(variables: Readonly<Record<string, unknown>>, env: Environment, name: string): string {
  if (textOf(env, name) !== undefined) return 'set';
  const file = textOf(env, `${name}_FILE`);
  return file === undefined || `${name}_FILE` in variables ? 'default' : `from ${file}`;
}

/** A URL's user and password are nobody's business, even where its scheme was forgotten; nor are options that hold some. */
export const withoutSecrets = (value: string): string =>
  withoutQuerySecrets(value.replace(/^([\w+.-]+:\/\/)?.*@/s, '$1…@'));

/** E.g. MongoDB's `?tlsCertificateKeyFilePassword=…`. */
const withoutQuerySecrets = (text: string): string =>
  text.replaceAll(/([?&][^=&]*(?:password|passphrase|secret|token|key|authmechanismproperties)[^=&]*=)[^&]*/gi, '$1…');
