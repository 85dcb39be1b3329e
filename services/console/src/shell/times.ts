/** Times for people. */
import { useEffect, useState } from 'react';

const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const;

/** E.g. “3 minutes ago”; `now` in milliseconds since 1970. A clock that is a little behind is no reason for a time to come. */
export function ago(time: string, now: number): string {
  const seconds = Math.max(0, Math.floor((now - Date.parse(time)) / 1000));
  for (const [unit, size] of UNITS) {
    const number = Math.floor(seconds / size);
    if (number > 0) return `${number} ${unit}${number === 1 ? '' : 's'} ago`;
  }
  return seconds < 10 ? 'just now' : `${seconds - (seconds % 10)} seconds ago`;
}

/** As `ago`, but to the second, where that matters. */
export function agoToSecond(time: string, now: number): string {
  const seconds = Math.max(0, Math.floor((now - Date.parse(time)) / 1000));
  return seconds < 60 ? `${seconds} s ago` : ago(time, now);
}

// Made once: making one takes longer than all that it is used for.
const inFull = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const toMilliseconds = new Intl.DateTimeFormat(undefined, {
  ...{ hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' },
  fractionalSecondDigits: 3,
});

/** In the reader's own manner and zone. */
export const exactly = (time: string): string => inFull.format(new Date(time));

/** With milliseconds, for logs. */
export const clockTime = (time: string): string => toMilliseconds.format(new Date(time));

/** The time, anew every so often. */
export function useNow(everyMs = 10_000): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
