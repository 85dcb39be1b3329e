/**
 * What some of a client's events say, taken together. `join` is commutative, associative and idempotent: facts give the
 * same result in any order, in any grouping and after any repetition. `client-update.ts` has the same join, done by MongoDB.
 */
import type { ClientEvent, ConnectedEvent, ConnectFacts, DisconnectedEvent, Frame } from '@wscm/contracts';

export interface MessageFact {
  seq: number;
  time: string;
  frame: Frame;
}

/** The number of messages to a client, as of a place in the gateway's order. All three grow together. */
export interface SentFact {
  order: number;
  messagesToClient: number;
  broadcasts: number;
}

export interface StateFact {
  rank: number;
  state: 'live' | 'lost' | 'closed';
  disconnected?: { code: number; reason: string; time: string };
}

export interface ClientFacts {
  replyId: string;
  streamSeq: number;
  connect: ConnectFacts | null;
  messagesFromClient: number;
  lastFrom: MessageFact | null;
  sent: SentFact | null;
  lastTo: (MessageFact & { order: number }) | null;
  state: StateFact | null;
}

/** Closed absorbs; else the greater epoch wins, and lost before live within one. */
export const stateRank = {
  live: (epoch: number) => 2 * epoch,
  lost: (epoch: number) => 2 * epoch + 1,
  closed: Number.MAX_SAFE_INTEGER,
} as const;

/** The epoch of the lease under which a client lives or was lost. */
export const epochOf = ({ rank }: StateFact): number => Math.floor(rank / 2);

/** What one event says. `streamSeq`: its place in the stream. */
export function factsOf(event: ClientEvent, streamSeq: number): ClientFacts {
  const { replyId } = event;
  const facts: ClientFacts = { replyId, streamSeq, messagesFromClient: 0, ...nothing };
  switch (event.kind) {
    case 'connected':
      return { ...facts, ...factsOfConnected(event) };
    case 'message':
      return { ...facts, messagesFromClient: event.seq, lastFrom: event };
    case 'delivered': {
      const { seq, order, broadcasts } = event;
      return { ...facts, sent: { order, broadcasts, messagesToClient: seq }, lastTo: event };
    }
    case 'disconnected':
      return { ...facts, state: stateOfDisconnected(event) };
  }
}

const nothing = { connect: null, lastFrom: null, sent: null, lastTo: null, state: null } as const;

function factsOfConnected({ connected }: ConnectedEvent) {
  const { epoch, messagesFromClient, messagesToClient, broadcasts, order, ...connect } = connected;
  return {
    connect,
    messagesFromClient,
    sent: { order, broadcasts, messagesToClient },
    state: { rank: stateRank.live(epoch), state: 'live' as const },
  };
}

function stateOfDisconnected({ time, disconnected: { code, reason, epoch } }: DisconnectedEvent): StateFact {
  const disconnected = { code, reason, time };
  return epoch === undefined
    ? { rank: stateRank.closed, state: 'closed', disconnected }
    : { rank: stateRank.lost(epoch), state: 'lost', disconnected };
}

/** Both facts taken together. They must be about the same client. */
export const join = (a: ClientFacts, b: ClientFacts): ClientFacts => ({
  replyId: a.replyId,
  streamSeq: Math.max(a.streamSeq, b.streamSeq),
  connect: a.connect ?? b.connect,
  messagesFromClient: Math.max(a.messagesFromClient, b.messagesFromClient),
  lastFrom: greatest(a.lastFrom, b.lastFrom, ({ seq }) => seq),
  sent: greatestOfEach(a.sent, b.sent),
  lastTo: greatest(a.lastTo, b.lastTo, ({ seq }) => seq),
  state: greatest(a.state, b.state, ({ rank }) => rank),
});

function greatestOfEach(a: SentFact | null, b: SentFact | null): SentFact | null {
  if (a === null || b === null) return a ?? b;
  return {
    order: Math.max(a.order, b.order),
    messagesToClient: Math.max(a.messagesToClient, b.messagesToClient),
    broadcasts: Math.max(a.broadcasts, b.broadcasts),
  };
}

function greatest<T>(a: T | null, b: T | null, by: (fact: T) => number): T | null {
  if (a === null || b === null) return a ?? b;
  return by(b) > by(a) ? b : a;
}
