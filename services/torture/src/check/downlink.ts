/** What each client received is what its gateway says to have sent, in that order, and no less. */
import { brief, sameAs, type Said } from '../load/history';
import { type Check, endedInOrder, type Evidence, saidIn, type Violation, type Witness } from './evidence';

export const checkDownlink: Check = (evidence) =>
  [...evidence.witnesses.values()].flatMap((witness) => compare(witness, toldTo(witness, evidence)));

interface Told {
  said: Said;
  order: number;
  direct: boolean;
}

/** Direct sends and broadcasts to this client, as the stream has them, in the gateway's order. */
function toldTo({ history, events }: Witness, { broadcastsOf }: Evidence): Told[] {
  const connectOrder = events.connected[0]?.connected.connectOrder ?? 0;
  const direct = events.delivered.map(({ frame, order }) => ({ said: saidIn(frame), order, direct: true }));
  const toAll = broadcastsOf(history.gatewayId)
    .filter(({ order }) => order > connectOrder)
    .map(({ frame, order }) => ({ said: saidIn(frame), order, direct: false }));
  return [...direct, ...toAll].sort((a, b) => a.order - b.order);
}

function compare({ history, events, gap, gatewayDied }: Witness, told: Told[]): Violation[] {
  if (events.connected.length === 0) return [];
  const found: Violation[] = [];
  const tell = (promise: string, seen: string) => found.push({ promise, about: history.replyId, seen });
  const places = placesIn(history.received, told);
  const inOrder = places.filter((place) => place >= 0);
  for (const [at, place] of inOrder.entries())
    if (place <= (inOrder[at - 1] ?? -1))
      tell('what is sent arrives in the order that the stream tells', `at ${place}`);
  // What a client did not read before it was cut off is missing at the end only.
  const lastRead = places.findLastIndex((place) => place >= 0);
  const skipped = told.filter((_, at) => at < lastRead && places[at] === -1);
  for (const { said } of skipped) tell('nothing that was sent is skipped', brief(said));
  const unread = told.filter(({ direct }, at) => at > lastRead && (direct || history.end === null));
  if (history.end === null || endedInOrder(history))
    for (const { said } of unread) tell('what was accepted by a socket arrives', brief(said));
  if (!gap && !gatewayDied && inOrder.length !== history.received.length)
    tell(
      'whatever arrives is told in the stream',
      `${history.received.length} frames, ${inOrder.length} of them told; first ${brief(untold(history.received, told))}`,
    );
  return found;
}

/** For each that was told, its place among what was received, or -1. */
function placesIn(received: readonly Said[], told: readonly Told[]): number[] {
  const places = new Map(received.map((said, place) => [said.message, place]));
  return told.map(({ said }) => {
    const place = places.get(said.message) ?? -1;
    return place >= 0 && sameAs(received[place], said) ? place : -1;
  });
}

function untold(received: readonly Said[], told: readonly Told[]): Said | undefined {
  const known = new Set(told.map(({ said }) => said.message));
  return received.find(({ message }) => !known.has(message));
}
