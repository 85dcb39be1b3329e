/** Clients as an answer has room for them. */
import type { Client } from '@wscm/contracts';

export const jsonBytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

type Last = 'lastMessageFromClient' | 'lastMessageToClient';

const lengthOf = (client: Client, which: Last): number => client[which]?.message.length ?? 0;

/** The client with its messages cut until it fits, and marked so: one that says much must not hide itself or others. */
export function shortened(client: Client, maxBytes: number): Client {
  let shown = client;
  if (maxBytes === Infinity) return client;
  while (jsonBytes(shown) > maxBytes) {
    const which: Last =
      lengthOf(shown, 'lastMessageFromClient') > lengthOf(shown, 'lastMessageToClient')
        ? 'lastMessageFromClient'
        : 'lastMessageToClient';
    const last = shown[which];
    if (!last?.message) break;
    // Base64 comes in fours.
    const half = Math.floor(last.message.length / 8) * 4;
    shown = { ...shown, [which]: { ...last, message: last.message.slice(0, half), truncated: true } };
  }
  return shown;
}
