/** Users and the hashes of their passwords, as `htpasswd -B` writes them: one `user:hash` a line. */

/** A line that can't be used. The message has its number, and nothing of it. */
export class BadPasswordFile extends Error {
  override readonly name = 'BadPasswordFile';
}

const BCRYPT = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;
/** A hash of a greater cost takes more than a second. */
const MAX_COST = 14;

/** The hashes by user. Empty lines and such that begin with # are left out. Throws `BadPasswordFile`. */
export function parsePasswordFile(text: string): Map<string, string> {
  const hashes = new Map<string, string>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const colon = Math.max(0, line.indexOf(':'));
    const [user, hash] = [line.slice(0, colon), line.slice(colon + 1).trim()];
    const fault = faultOf(user, hash, hashes);
    if (fault) throw new BadPasswordFile(`line ${index + 1}: ${fault}`);
    hashes.set(user, hash);
  }
  if (hashes.size === 0) throw new BadPasswordFile('it names no user');
  return hashes;
}

function faultOf(user: string, hash: string, before: Map<string, string>): string | undefined {
  if (user === '') return 'must be user:hash';
  if (before.has(user)) return 'the user was named before';
  const cost = BCRYPT.exec(hash)?.[1];
  if (cost === undefined) return 'must have a bcrypt hash, as htpasswd -B makes it';
  return Number(cost) < 4 || Number(cost) > MAX_COST ? `the cost must be from 4 to ${MAX_COST}` : undefined;
}

/**
 * A hash that no password has, for a user that there is not: as costly as that of one of these, always the same one for
 * the same `draw`, a number from 0 to 1. Where costs differ, time then tells nothing of who is there.
 */
export function decoyFor(hashes: Map<string, string>, draw: number): string {
  const all = [...hashes.values()];
  const like = all[Math.floor(draw * all.length)] ?? '';
  return `$2b$${BCRYPT.exec(like)?.[1] ?? '10'}$${'.'.repeat(53)}`;
}
