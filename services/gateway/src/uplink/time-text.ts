/** The time as events tell it. */

let at = 0;
let text = '';

/** This moment: ISO 8601, UTC, milliseconds. The text is made once for each of them. */
export function timeText(): string {
  const now = Date.now();
  if (now !== at) {
    at = now;
    text = new Date(now).toISOString();
  }
  return text;
}
