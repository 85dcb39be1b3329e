/**
 * Headers as they stand in a NATS message, made once. (The client library's own make a map first, and the bytes anew at each
 * publish; for events in numbers that costs more than all the rest.) After ADR-4 of the NATS architecture documents.
 */
import type { MsgHdrs } from 'nats';

export interface HeaderBlock {
  /** Of the whole block, in bytes. */
  size: number;
  /** What the client library takes; of it, publishing uses nothing but the bytes. */
  headers: MsgHdrs;
}

const LINE_BREAK = /[\r\n]/;

/**
 * `messageId`: JetStream stores a message of the same only once.
 *
 * @throws {RangeError} where a value would end its line, and begin a header of its own
 */
export function headerBlock(values: Readonly<Record<string, string>>, messageId?: string): HeaderBlock {
  let block = messageId === undefined ? 'NATS/1.0\r\n' : `NATS/1.0\r\n${line('Nats-Msg-Id', messageId)}`;
  for (const name in values) block += line(name, values[name] ?? '');
  const bytes = Buffer.from(`${block}\r\n`);
  return { size: bytes.length, headers: { encode: () => bytes } as unknown as MsgHdrs };
}

function line(name: string, value: string): string {
  if (LINE_BREAK.test(value)) throw new RangeError(`header ${name} holds a line break: ${JSON.stringify(value)}`);
  return `${name}: ${value}\r\n`;
}
