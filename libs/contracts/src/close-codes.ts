/**
 * Why the system closes a socket. A code is never given another meaning.
 * 1xxx as in RFC 6455 and the IANA registry; of our own, 4000–4499 mean "connect again", 4500–4999 "do not".
 */
export interface CloseCode {
  code: number;
  reason: string;
  reconnect: boolean;
}

export const closeCodes = {
  drain: { code: 1001, reason: 'gateway is shutting down', reconnect: true },
  policy: { code: 1008, reason: 'policy violation', reconnect: false },
  tooBig: { code: 1009, reason: 'message too big', reconnect: false },
  tryAgainLater: { code: 1013, reason: 'message not taken, try again later', reconnect: true },
  slowReader: { code: 4000, reason: 'too slow to read what was sent', reconnect: true },
  tokenExpired: { code: 4401, reason: 'token expired', reconnect: true },
  operator: { code: 4500, reason: 'disconnected by an operator', reconnect: false },
} as const satisfies Record<string, CloseCode>;

/** What a close frame can carry: RFC 6455, sections 5.5 and 7.4. */
export const MAX_CLOSE_REASON_BYTES = 123;

/** True for codes that an endpoint may put into a close frame (RFC 6455, section 7.4; IANA's registry). */
export const isSendableCloseCode = (code: number): boolean =>
  (code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)) || (code >= 3000 && code <= 4999);

/** Told where no close frame was seen: RFC 6455, section 7.1.5. */
export const ABNORMAL_CLOSURE = 1006;
