/** Every message of a client stands in the stream, verbatim, once, in its order; and every connect and end. */
import { GATEWAY_LOST } from '@wscm/contracts';
import { brief, sameAs } from '../load/history';
import { type Check, endedAsAsked, endedInOrder, saidIn, type Violation, type Witness } from './evidence';

export const checkUplink: Check = ({ witnesses }) =>
  [...witnesses.values()].flatMap((witness) => [...messages(witness), ...lifeOf(witness)]);

function messages({ history, events, gap, refused, gatewayDied }: Witness): Violation[] {
  const found: Violation[] = [];
  const tell = (promise: string, seen: string) => found.push({ promise, about: history.replyId, seen });
  const { sent, end } = history;
  let before = 0;
  const stored = refused ? events.messages.toSorted((a, b) => a.seq - b.seq) : events.messages;
  for (const { seq, frame } of stored) {
    if (seq <= before) tell('messages are stored in their order', `${seq} after ${before}`);
    if (seq !== before + 1 && !gap) tell('no message is missing in the stream', `${seq} after ${before}`);
    if (!sameAs(saidIn(frame), sent[seq - 1]))
      tell('messages are stored verbatim', `${seq} is ${brief(saidIn(frame))}, was ${brief(sent[seq - 1])}`);
    before = seq;
  }
  const allTaken = end === null || (endedAsAsked(history) && !gatewayDied);
  if (allTaken && !gap && before !== sent.length)
    tell('every message that the gateway took is stored', `${before} of ${sent.length}, ${endOf(history)}`);
  return found;
}

function lifeOf({ history, events, gap, gatewayDied }: Witness): Violation[] {
  const found: Violation[] = [];
  const tell = (promise: string, seen: string) => found.push({ promise, about: history.replyId, seen });
  const own = events.disconnected.filter(({ disconnected }) => disconnected.epoch === undefined);
  const lost = events.disconnected.filter(({ disconnected }) => disconnected.reason === GATEWAY_LOST);
  if (events.connected.length === 0 && !gap && !gatewayDied)
    tell('every connect is stored', `no connected event, ${endOf(history)}`);
  if (own.length > 1) tell('a client ends once', `${own.length} disconnected events of its gateway`);
  if (history.end === null && own.length > 0) tell('only a client that has ended is told gone', 'its socket is open');
  if (history.end !== null && !gap && events.connected.length > 0 && own.length + lost.length === 0)
    tell('every end is stored', `no disconnected event, ${endOf(history)}`);
  const epoch = Math.max(0, ...events.connected.map(({ connected }) => connected.epoch));
  const lastLost = lost.filter(({ disconnected }) => (disconnected.epoch ?? 0) >= epoch).length;
  if (gatewayDied && events.connected.length > 0 && own.length === 0 && lastLost !== 1 && !gap)
    tell('each client of a dead gateway is told lost once', `${lastLost} events of reason ${GATEWAY_LOST}`);
  const [last] = own;
  if (last && endedInOrder(history) && isTold(history.askedCode) && last.disconnected.code !== history.end?.code)
    tell('the end is told as it was', `${last.disconnected.code}, ${endOf(history)}`);
  return found;
}

/** 3000–3999 from a client are told as 1006: the socket library takes them for faults of the protocol. */
const isTold = (askedCode: number | null): boolean => askedCode === null || askedCode < 3000 || askedCode > 3999;

const endOf = ({ end }: Witness['history']): string => (end ? `ended with ${end.code} ${end.reason}` : 'open');
