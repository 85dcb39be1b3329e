/** A service's log line as people read it: `12:54:06.120 warn check-failed check=nats message="NATS is away"`. */

const LEVELS: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
};
/** The same in every line, or said by the replica's name. */
const LEFT_OUT = new Set(['level', 'time', 'event', 'service', 'pid']);

/** Whatever is no log line stays as it is. */
export function forPeople(line: string): string {
  const entry = line.startsWith('{') ? parse(line) : null;
  if (!entry || typeof entry['event'] !== 'string' || typeof entry['time'] !== 'string') return line;
  const rest = Object.entries(entry).filter(([name]) => !LEFT_OUT.has(name));
  const parts = rest.map(([name, value]) => `${name}=${shown(value)}`);
  return [entry['time'].slice(11, 23), LEVELS[Number(entry['level'])] ?? '', entry['event'], ...parts].join(' ');
}

function parse(line: string): Record<string, unknown> | null {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return null;
  }
}

/** Of an error its message; of a text only what needs them gets quotes. */
function shown(value: unknown): string {
  if (typeof value === 'string' && /^[^\s"=]+$/.test(value)) return value;
  const { message } = (value ?? {}) as { message?: unknown };
  return JSON.stringify(typeof message === 'string' ? message : value);
}
