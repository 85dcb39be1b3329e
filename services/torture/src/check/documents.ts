/** Every document says exactly what its client's history and events say, counted once. */
import { brief, sameAs } from '../load/history';
import { type Check, saidIn, type StoredSaid, type Violation, type Witness } from './evidence';

export const checkDocuments: Check = ({ witnesses }) =>
  [...witnesses.values()].flatMap((witness) => {
    if (witness.document === null) return [];
    return witness.history.end === null ? living(witness) : ended(witness);
  });

function living({ history, document }: Witness): Violation[] {
  const found: Violation[] = [];
  const tell = (promise: string, seen: string) => found.push({ promise, about: history.replyId, seen });
  if (document?.state !== 'live') tell('an open client is live', `its state is ${document?.state ?? 'unknown'}`);
  if (document?.messagesFromClient !== history.sent.length)
    tell('messages are counted once each', `${document?.messagesFromClient ?? -1}, sent ${history.sent.length}`);
  const last = history.sent.at(-1);
  if (!isSame(document?.lastMessageFromClient, last, history.sent.length))
    tell('the last message is the last one', `${told(document?.lastMessageFromClient)}, sent ${brief(last)}`);
  return found;
}

/** Compared with what stands in the stream: the client may not know what got through before its connection broke. */
function ended({ history, events, document, gap }: Witness): Violation[] {
  if (!document || gap) return [];
  const found: Violation[] = [];
  const tell = (promise: string, seen: string) => found.push({ promise, about: history.replyId, seen });
  const own = events.disconnected.find(({ disconnected }) => disconnected.epoch === undefined);
  const state = own ? 'closed' : 'lost';
  if (document.state !== state)
    tell('a client that left is no ghost', `state ${document.state ?? 'unknown'}, not ${state}`);
  const told_ = own?.disconnected ?? events.disconnected.at(-1)?.disconnected;
  if (told_ && (document.disconnected?.code !== told_.code || document.disconnected.reason !== told_.reason))
    tell('the end is kept as it was told', `${JSON.stringify(document.disconnected)}, told ${JSON.stringify(told_)}`);
  const last = events.messages.at(-1);
  if (document.messagesFromClient !== (last?.seq ?? 0))
    tell('messages are counted once each', `${document.messagesFromClient}, in the stream ${last?.seq ?? 0}`);
  if (!isSame(document.lastMessageFromClient, last && saidIn(last.frame), last?.seq ?? 0))
    tell(
      'the last message is the last one',
      `${told(document.lastMessageFromClient)}, in the stream ${last?.seq ?? 0}`,
    );
  const sent = events.delivered.at(-1);
  if (!isSame(document.lastMessageToClient, sent && saidIn(sent.frame), sent?.seq ?? 0))
    tell('the last send is the last one', `${told(document.lastMessageToClient)}, in the stream ${sent?.seq ?? 0}`);
  return found;
}

const isSame = (stored: StoredSaid | null | undefined, said: Parameters<typeof sameAs>[1], seq: number): boolean =>
  said === undefined ? !stored : stored?.seq === seq && sameAs(stored, said);

const told = (stored: StoredSaid | null | undefined): string =>
  stored ? `${stored.seq}: ${brief(stored)}` : 'nothing';
