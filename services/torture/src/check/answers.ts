/** Answers are honest: what was said to be delivered arrived, what was refused did not, nobody open was said to be gone. */
import type { BroadcastRecord, SendRecord } from '../load/history';
import { type Check, endedInOrder, type Evidence, type Violation, type Witness } from './evidence';

/** What is said of a socket may be under way for so long. */
const UNDER_WAY_MS = 3_000;

export const checkAnswers: Check = (evidence) => {
  const arrivals = arrivalsIn(evidence);
  return [
    ...evidence.sends.flatMap((send) => checkSend(send, arrivals.get(send.id) ?? [], evidence)),
    ...evidence.broadcasts.flatMap((broadcast) =>
      checkBroadcast(broadcast, arrivals.get(broadcast.id) ?? [], evidence),
    ),
    ...evidence.disconnects.flatMap((each) => checkDisconnect(each, evidence)),
  ];
};

/** Who received what, by the message. */
function arrivalsIn({ witnesses }: Evidence): Map<string, string[]> {
  const arrivals = new Map<string, string[]>();
  for (const { history } of witnesses.values())
    for (const { message } of history.received) {
      const receivers = arrivals.get(message) ?? [];
      receivers.push(history.replyId);
      arrivals.set(message, receivers);
    }
  return arrivals;
}

/** Would have received whatever was sent to it. */
const readsAll = ({ history }: Witness): boolean => history.end === null || endedInOrder(history);

function checkSend(send: SendRecord, receivers: string[], evidence: Evidence): Violation[] {
  const found: Violation[] = [];
  const tell = (promise: string, seen: string) =>
    found.push({ promise, about: send.replyId, seen: `${send.id}: ${seen}` });
  const target = evidence.witnesses.get(send.replyId);
  const taken = send.answer === 'delivered' || send.answer === 'buffered';
  const elsewhere = receivers.filter((replyId) => replyId !== send.replyId);
  if (elsewhere.length > 0) tell('a send reaches its client alone', `arrived at ${elsewhere.join()}`);
  if (receivers.length > 1) tell('a send arrives once', `arrived ${receivers.length} times`);
  if (taken && receivers.length === 0 && target && readsAll(target))
    tell('what is delivered arrives', `was ${send.answer}`);
  if ([404, 410, 413].includes(send.answer as number) && receivers.length > 0)
    tell('what is refused does not arrive', `answered ${send.answer}`);
  if ((send.answer === 404 || send.answer === 410) && target && isSurelyThere(target, send, evidence))
    tell('nobody open is said to be gone', `answered ${send.answer}`);
  return found;
}

/** Open before the request and after its answer, with a gateway that nothing disturbed. */
function isSurelyThere({ history }: Witness, { from, to }: { from: number; to: number }, evidence: Evidence): boolean {
  const open = history.openedAt < from && (history.end === null || history.end.at > to);
  const disturbed = evidence.disturbances.some(
    (each) => (each.gatewayId === null || each.gatewayId === history.gatewayId) && each.from < to && each.to > from,
  );
  // One that asked to be closed, or did not read, may have been taken off before it knew.
  return (
    open &&
    !disturbed &&
    history.askedCode === null &&
    !history.slow &&
    (history.end === null || history.end.at > to + UNDER_WAY_MS)
  );
}

function checkBroadcast(broadcast: BroadcastRecord, receivers: string[], evidence: Evidence): Violation[] {
  const found: Violation[] = [];
  const tell = (promise: string, about: string, seen: string) =>
    found.push({ promise, about, seen: `${broadcast.id}: ${seen}` });
  if (new Set(receivers).size !== receivers.length) tell('a broadcast arrives once', 'a client', 'arrived twice');
  for (const [gatewayId, delivered] of broadcast.delivered ?? []) {
    const clients = [...evidence.witnesses.values()].filter(({ history }) => history.gatewayId === gatewayId);
    const reached = clients.filter(({ history }) => receivers.includes(history.replyId));
    const unsure = clients.filter((witness) => !readsAll(witness)).length;
    if (reached.length > delivered || reached.length + unsure + evidence.failedConnects < delivered)
      tell('a broadcast tells how many it reached', gatewayId, `told ${delivered}, arrived at ${reached.length}`);
    const passedBy = clients.filter((each) => isOpenAround(each, broadcast) && !reached.includes(each));
    for (const { history } of passedBy)
      tell('a broadcast reaches every client that is open', history.replyId, 'did not arrive');
  }
  return found;
}

/** A client learns of its end later than its gateway decides on it: by what is under way, or what it has not read. */
function isOpenAround({ history }: Witness, { from, to }: { from: number; to: number }): boolean {
  const { openedAt, askedCode, slow, end } = history;
  const stays = end === null || (end.at > to + UNDER_WAY_MS && end.code !== 1006 && askedCode === null && !slow);
  return openedAt < from && stays;
}

function checkDisconnect(
  { id, replyId, code, answer }: Evidence['disconnects'][number],
  { witnesses }: Evidence,
): Violation[] {
  const target = witnesses.get(replyId);
  if (answer !== 'disconnected' || !target) return [];
  const { end, askedCode } = target.history;
  // Its connection may have broken, or it may have asked for its end, in the same moment.
  if (end !== null && (end.code === code || end.code === 1006 || askedCode !== null)) return [];
  const seen = end === null ? 'still open' : `ended with ${end.code}`;
  return [{ promise: 'what is disconnected is closed with that code', about: replyId, seen: `${id}: ${seen}` }];
}
