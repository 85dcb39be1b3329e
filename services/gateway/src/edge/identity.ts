/** What the gateway's edge finds out about who asks. */
import type { Claims } from '@wscm/contracts';

/** Who was let in. */
export interface Identity {
  user: string | null;
  /** Of the token's claims those that are passed on; absent where none are wanted, or no token let the client in. */
  claims?: Claims;
  /** When that ends: milliseconds since 1970; Infinity for never. */
  expiresAt: number;
}

/** Why somebody was not let in, for the metric. The client is told the status only. */
export type RefusalReason =
  | 'no-credentials'
  | 'password'
  | 'token'
  | 'token-expired'
  | 'keys-unavailable'
  | 'busy'
  | 'origin'
  | 'head-too-large'
  | 'no-upgrade'
  | 'connections'
  | 'connections-per-address'
  | 'connect-rate'
  | 'no-room';

export interface Refusal {
  refused: RefusalReason;
}

export const isRefusal = (verdict: Identity | Refusal): verdict is Refusal => 'refused' in verdict;

export const ANYBODY: Identity = { user: null, expiresAt: Infinity };

/** The answers before an upgrade. Nothing in them tells a wrong password from an unknown user. */
const ANSWERS = {
  unauthorized: { status: '401 Unauthorized', text: 'not authorized\n' },
  forbidden: { status: '403 Forbidden', text: 'not from this origin\n' },
  tooMany: { status: '429 Too Many Requests', text: 'too many connections\n' },
  tooLarge: { status: '431 Request Header Fields Too Large', text: 'too many or too long headers\n' },
  noUpgrade: {
    status: '400 Bad Request',
    text: 'no "connection: upgrade" has come with it; a proxy in between must pass it on\n',
  },
  later: { status: '503 Service Unavailable', text: 'try again later\n' },
} as const;

export type Answer = (typeof ANSWERS)[keyof typeof ANSWERS];

export const answerTo: Readonly<Record<RefusalReason, Answer>> = {
  'no-credentials': ANSWERS.unauthorized,
  password: ANSWERS.unauthorized,
  token: ANSWERS.unauthorized,
  'token-expired': ANSWERS.unauthorized,
  'keys-unavailable': ANSWERS.later,
  busy: ANSWERS.later,
  origin: ANSWERS.forbidden,
  'head-too-large': ANSWERS.tooLarge,
  'no-upgrade': ANSWERS.noUpgrade,
  connections: ANSWERS.later,
  'connections-per-address': ANSWERS.tooMany,
  'connect-rate': ANSWERS.tooMany,
  'no-room': ANSWERS.later,
};
