/** Bytes as people write and read them. */

/** The bytes in base64, as REST and events carry them. */
export const fromBase64 = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

const DIGITS = /^[0-9a-f]*$/i;

/** `48 65 6c`, `48:65:6C`, `0x48656c`: pairs of digits, whatever stands between them. Null where it is none of this. */
export function fromHex(text: string): Uint8Array<ArrayBuffer> | null {
  const digits = text.replace(/0x/gi, '').replace(/[\s,:;-]/g, '');
  if (digits.length % 2 === 1 || !DIGITS.test(digits)) return null;
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

const PER_LINE = 16;
const hex = (number: number, length: number): string => number.toString(16).padStart(length, '0');
/** What is no printable ASCII is a dot. */
const glyph = (byte: number): string => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.');

/** As `hexdump -C` shows them: the place, sixteen bytes, and what they are as text. */
export function hexDump(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += PER_LINE) {
    const line = [...bytes.subarray(at, at + PER_LINE)];
    const digits = line.map((byte) => hex(byte, 2)).join(' ');
    lines.push(`${hex(at, 8)}  ${digits.padEnd(PER_LINE * 3 - 1)}  ${line.map(glyph).join('')}`);
  }
  return lines.join('\n');
}

/** In bytes, as UTF-8. */
export const byteLength = (text: string): number => new TextEncoder().encode(text).length;

/** E.g. “1 byte”, “12.3 KiB”. */
export function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes} ${bytes === 1 ? 'byte' : 'bytes'}`;
  const [size, unit] = bytes < 1024 ** 2 ? [bytes / 1024, 'KiB'] : [bytes / 1024 ** 2, 'MiB'];
  return `${size.toFixed(1)} ${unit}`;
}

/** The JSON in lines, or null where the text is none, or no object or list: a number is no more readable in lines. */
export function prettyJson(text: string): string | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? JSON.stringify(value, null, 2) : null;
  } catch {
    return null;
  }
}
