/** The log of a client's traffic, from the moment the page was opened. */
import { GATEWAY_LOST, type ShownEvent } from '@wscm/contracts';
import type { Said } from '../../messages/message-view';

/** So many of the latest are kept. */
export const LOG_LENGTH = 500;

export interface LogEntry {
  /** Unique within the page. */
  key: number;
  time: string;
  kind: ShownEvent['kind'];
  /** Null for connects and disconnects. */
  said: Said | null;
  /** In place of a message. */
  text: string;
}

let lastKey = 0;

export const toLog = (events: readonly ShownEvent[]): LogEntry[] =>
  events.map((event) => ({ key: ++lastKey, time: event.time, kind: event.kind, ...contentOf(event) }));

function contentOf(event: ShownEvent): Pick<LogEntry, 'said' | 'text'> {
  if (event.kind === 'connected') return { said: null, text: 'connected' };
  if (event.kind === 'disconnected') return { said: null, text: leavingText(event.code, event.reason) };
  return { said: { type: event.type, message: event.message }, text: '' };
}

/** E.g. “left with code 1000, “bye””. */
export const leavingText = (code: number, reason: string): string =>
  reason === GATEWAY_LOST
    ? `was lost with its gateway, which has died or is cut off (${code})`
    : `left with code ${code}${reason === '' ? '' : `, “${reason}”`}`;
