/** The kinds of values that settings have. */
import { isIPv4 } from 'node:net';
import { z } from 'zod';

/** A whole number in decimal digits within bounds, e.g. `wholeNumber(1, 10).default(3)`. */
export const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^-?\d+$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be a whole number from ${min} to ${max}`);

export const port = wholeNumber(0, 65535);

/** What to listen on. `localhost` is 127.0.0.1, whatever this machine's resolver makes of it. */
export const host = z.string().transform((text) => (text === 'localhost' ? '127.0.0.1' : text));

/** True for names and addresses that only this machine itself can reach. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || host === '[::1]' || (isIPv4(host) && host.startsWith('127.'));

/** A URL of one of these schemes, e.g. `url('nats', 'tls')`. The value stays the text that was given. */
export const url = (...schemes: string[]) =>
  z.string().refine((text) => schemes.some((scheme) => hasScheme(text, scheme)), {
    message: `must be a URL that starts with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`,
  });

const hasScheme = (text: string, scheme: string): boolean =>
  text.startsWith(`${scheme}://`) && /^[^/]+\/\/[^\s/]\S*$/.test(text);

/** Values separated by commas; blanks around them and empty ones are dropped. */
export const commaSeparated = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);

/** How a service proves to NATS who it is, beside a user in `NATS_URL`; and where its answers come. */
export const natsAccess = {
  /** What a .creds file holds, or the seed of an nkey. */
  NATS_CREDS: z.string().optional(),
  /** Subjects below this one are for the answers to this service's requests. */
  NATS_INBOX_PREFIX: z
    .string()
    .regex(/^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/, 'must be a subject without wildcards')
    .default('_INBOX'),
};

/** How much is logged, as pino names it. */
export const logLevel = z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']);
