/**
 * The join of facts into a client's document, as one atomic update: an aggregation pipeline, in which each field is
 * guarded by its own number. Applying it again, later or in another order gives the same document.
 */
import type { Frame } from '@wscm/contracts';
import { parseReplyId } from '@wscm/contracts';
import { Binary, type Document } from 'mongodb';
import type { ClientDocument, ClientSync } from './documents';
import type { ClientFacts, MessageFact, SentFact, StateFact } from './client-facts';

export interface ClientUpdate {
  filter: { _id: string };
  update: Document[];
}

/** For `updateOne` or `findOneAndUpdate` with `upsert`. */
export function clientUpdate(facts: ClientFacts, keyPrefix: string): ClientUpdate {
  const { replyId, streamSeq, messagesFromClient } = facts;
  const set = {
    replyId: literal(replyId),
    gatewayId: literal(parseReplyId(replyId)?.gatewayId),
    ...connectFields(facts),
    messagesFromClient: { $max: ['$messagesFromClient', messagesFromClient] },
    lastMessageFromClient: lastFromField(facts.lastFrom),
    ...sentFields(facts.sent),
    ...lastToFields(facts.lastTo),
    ...stateFields(facts.state),
    'sync.streamSeq': { $max: ['$sync.streamSeq', streamSeq] },
  };
  return { filter: { _id: keyPrefix + replyId }, update: [{ $set: set }] };
}

type SyncNumber = Exclude<keyof ClientSync, 'endedAt'>;

/** Values from outside must not be read as expressions: a text may begin with a dollar sign. */
const literal = (value: unknown) => ({ $literal: value });
const known = (name: SyncNumber) => ({ $ifNull: [`$sync.${name}`, -1] });
const orElse = (field: string, value: unknown) => ({ $ifNull: [`$${field}`, value] });

/** The new value where its number is greater than what the document has, else what the document has. */
const ifNewer = (name: SyncNumber, number: number, value: unknown, otherwise: unknown) => ({
  $cond: [{ $gt: [number, known(name)] }, value, otherwise],
});

const greatestOf = (name: SyncNumber, number: number) => ({ [`sync.${name}`]: { $max: [known(name), number] } });

/** The same values each time they are told. */
function connectFields({ connect }: ClientFacts): Document {
  if (!connect) return { 'sync.connectOrder': known('connectOrder') };
  const { connectedAt, connectOrder, ...facts } = connect;
  const fields = Object.entries(facts).map(([name, value]) => [name, literal(value)] as const);
  return {
    ...Object.fromEntries(fields),
    connectedAt: new Date(connectedAt),
    'sync.connectOrder': connectOrder,
  };
}

function lastFromField(last: MessageFact | null): Document {
  const present = orElse('lastMessageFromClient', null);
  if (!last) return present;
  const presentSeq = { $ifNull: ['$lastMessageFromClient.seq', 0] };
  return { $cond: [{ $gt: [last.seq, presentSeq] }, literal(toStored(last)), present] };
}

function sentFields(sent: SentFact | null): Document {
  const present = orElse('messagesToClient', 0);
  if (!sent) return { messagesToClient: present, 'sync.order': known('order'), 'sync.broadcasts': known('broadcasts') };
  return {
    messagesToClient: ifNewer('order', sent.order, sent.messagesToClient, present),
    'sync.broadcasts': ifNewer('order', sent.order, sent.broadcasts, known('broadcasts')),
    ...greatestOf('order', sent.order),
  };
}

function lastToFields(last: ClientFacts['lastTo']): Document {
  const present = orElse('lastMessageToClient', null);
  if (!last) return { lastMessageToClient: present, 'sync.sendOrder': known('sendOrder') };
  const stored = literal({ ...toStored(last), via: 'send' } satisfies ClientDocument['lastMessageToClient']);
  return {
    lastMessageToClient: ifNewer('sendOrder', last.order, stored, present),
    ...greatestOf('sendOrder', last.order),
  };
}

function stateFields(fact: StateFact | null): Document {
  if (!fact) return { 'sync.rank': known('rank') };
  const { rank, state, disconnected } = fact;
  const ended = disconnected && { ...disconnected, time: new Date(disconnected.time) };
  return {
    state: ifNewer('rank', rank, state, '$state'),
    disconnected: ifNewer('rank', rank, ended ? literal(ended) : '$$REMOVE', '$disconnected'),
    'sync.endedAt': ifNewer('rank', rank, ended ? '$$NOW' : '$$REMOVE', '$sync.endedAt'),
    ...greatestOf('rank', rank),
  };
}

const toStored = ({ seq, frame, time }: MessageFact) => ({ seq, ...storedFrame(frame), time: new Date(time) });

/** A frame as it stands in a document. */
export const storedFrame = ({ type, data }: Frame): { type: Frame['type']; message: string | Binary } => ({
  type,
  message: type === 'text' ? Buffer.from(data.buffer, data.byteOffset, data.length).toString() : new Binary(data),
});
