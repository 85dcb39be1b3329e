/**
 * The join of facts into a client's document, as one atomic write: of each number the greatest ever told, of the messages
 * those of the greatest `seq`. Applying it again, later or in another order gives the same document.
 *
 * It has three forms, all of one table. A plain update, guarded by `$max` in each field, costs MongoDB half of what a
 * pipeline does, and an insert a fifth. The pipeline is the only one that can say every join.
 */
import type { ConnectFacts, Frame } from '@wscm/contracts';
import { parseReplyId } from '@wscm/contracts';
import { Binary, type Document, type UpdateFilter } from 'mongodb';
import type { ClientDocument } from './documents';
import type { ClientFacts, MessageFact, StateFact } from './client-facts';

export interface ClientUpdate<Update> {
  filter: { _id: string };
  update: Update;
}

const idOf = ({ replyId }: ClientFacts, keyPrefix: string) => keyPrefix + replyId;

/**
 * What grows. In MongoDB's order null is less than any message, and messages compare by their first field: `seq`. -1 where
 * nothing was told yet.
 */
const growing = ({ messagesFromClient, lastFrom, sent, lastTo, state, connect, streamSeq }: ClientFacts) => ({
  messagesFromClient,
  messagesToClient: sent?.messagesToClient ?? 0,
  lastMessageFromClient: lastFrom && toStored(lastFrom),
  lastMessageToClient: lastTo && { ...toStored(lastTo), via: 'send' as const },
  sync: {
    connectOrder: connect?.connectOrder ?? -1,
    order: sent?.order ?? -1,
    broadcasts: sent?.broadcasts ?? -1,
    sendOrder: lastTo?.order ?? -1,
    rank: state?.rank ?? -1,
    streamSeq,
  },
});

/** What never changes: the same values each time they are told. */
function constant({ replyId, connect }: ClientFacts) {
  const always = { replyId, gatewayId: parseReplyId(replyId)?.gatewayId ?? '' };
  return connect ? { ...always, ...fieldsOf(connect).facts } : always;
}

function fieldsOf({ connectedAt, connectOrder, ...facts }: ConnectFacts) {
  return { connectOrder, facts: { ...facts, connectedAt: new Date(connectedAt) } };
}

/** Every join, for `updateOne` or `findOneAndUpdate` with `upsert`: an aggregation pipeline. */
export function clientUpdate(facts: ClientFacts, keyPrefix: string): ClientUpdate<Document[]> {
  const set = {
    ...mapped(constant(facts), (_path, value) => literal(value)),
    ...mapped(flat(growing(facts)), (path, value) => ({ $max: [`$${path}`, literal(value)] })),
    ...stateFields(facts.state),
  };
  return { filter: { _id: idOf(facts, keyPrefix) }, update: [{ $set: set }] };
}

/**
 * The same as a plain update, likewise with `upsert`; null where it has none: `live` and `lost` must look at the rank that
 * is there, `closed` outranks all.
 */
export function plainUpdate(facts: ClientFacts, keyPrefix: string): ClientUpdate<UpdateFilter<ClientDocument>> | null {
  const { state, connect } = facts;
  if (state ? state.state !== 'closed' : connect) return null;
  const update = {
    $max: flat(growing(facts)),
    ...(state
      ? { $set: { ...constant(facts), ...endOf(state) }, $currentDate: { 'sync.endedAt': true } }
      : { $setOnInsert: constant(facts) }),
  };
  return { filter: { _id: idOf(facts, keyPrefix) }, update: update as UpdateFilter<ClientDocument> };
}

/** The whole document of a client that nobody has told of yet; null where it can't be a new one that lives. */
export function newDocument(facts: ClientFacts, keyPrefix: string): ClientDocument | null {
  if (!facts.connect || facts.state?.state !== 'live') return null;
  return { _id: idOf(facts, keyPrefix), ...constant(facts), ...growing(facts), state: 'live' };
}

/** Values from outside must not be read as expressions: a text may begin with a dollar sign. */
const literal = (value: unknown) => ({ $literal: value });

const mapped = (values: Document, map: (name: string, value: unknown) => unknown): Document =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, map(name, value)]));

/** With the names of nested fields as paths. */
function flat({ sync, ...fields }: ReturnType<typeof growing>): Document {
  const { connectOrder, order, broadcasts, sendOrder, rank, streamSeq } = sync;
  return {
    ...fields,
    ...{ 'sync.connectOrder': connectOrder, 'sync.order': order, 'sync.broadcasts': broadcasts },
    ...{ 'sync.sendOrder': sendOrder, 'sync.rank': rank, 'sync.streamSeq': streamSeq },
  };
}

const endOf = ({ state, disconnected }: StateFact) => ({
  state,
  ...(disconnected && { disconnected: { ...disconnected, time: new Date(disconnected.time) } }),
});

/** Where the rank is greater than the one that is there. */
function stateFields(fact: StateFact | null): Document {
  if (!fact) return {};
  const ifNewer = (value: unknown, otherwise: unknown) => ({
    $cond: [{ $gt: [fact.rank, { $ifNull: ['$sync.rank', -1] }] }, value, otherwise],
  });
  const { state, disconnected } = endOf(fact);
  return {
    state: ifNewer(state, '$state'),
    disconnected: ifNewer(disconnected ? literal(disconnected) : '$$REMOVE', '$disconnected'),
    'sync.endedAt': ifNewer(disconnected ? '$$NOW' : '$$REMOVE', '$sync.endedAt'),
  };
}

const toStored = ({ seq, frame, time }: MessageFact) => ({ seq, ...storedFrame(frame), time: new Date(time) });

/** A frame as it stands in a document. */
export const storedFrame = ({ type, data }: Frame): { type: Frame['type']; message: string | Binary } => ({
  type,
  message: type === 'text' ? Buffer.from(data.buffer, data.byteOffset, data.length).toString() : new Binary(data),
});
