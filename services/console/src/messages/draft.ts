/** A message being written, and whether it can be sent as it stands. */
import type { Message } from '../api/clients';
import { byteLength, fromHex } from './bytes';

export const draftKinds = ['text', 'json', 'binary'] as const;
export type DraftKind = (typeof draftKinds)[number];

export interface Draft {
  kind: DraftKind;
  /** What was typed: the text, the JSON, or the bytes in hex. */
  typed: string;
  /** In place of what was typed as hex. */
  file: { name: string; data: Uint8Array<ArrayBuffer> } | null;
}

export const emptyDraft: Draft = { kind: 'text', typed: '', file: null };

export type CheckedDraft = { message: Message; bytes: number } | { fault: string };

/** JSON is sent as it was typed, blanks and all. */
export function checkDraft({ kind, typed, file }: Draft): CheckedDraft {
  if (kind === 'binary') return checkBinary(file ? file.data : fromHex(typed));
  const fault = kind === 'json' ? jsonFault(typed) : null;
  return fault === null ? { message: { type: 'text', data: typed }, bytes: byteLength(typed) } : { fault };
}

const checkBinary = (data: Uint8Array<ArrayBuffer> | null): CheckedDraft =>
  data ? { message: { type: 'binary', data }, bytes: data.length } : { fault: 'Not hex: pairs of 0–9 and a–f are' };

function jsonFault(text: string): string | null {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    return text.trim() === '' ? 'JSON can’t be empty' : (error as Error).message;
  }
}
