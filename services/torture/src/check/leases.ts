/** Nobody is told lost whose gateway lives, and was in touch all the time: not while a registry is dead, frozen or cut off. */
import { GATEWAY_LOST } from '@wscm/contracts';
import type { Check, Evidence, Witness } from './evidence';

export const checkLeases: Check = (evidence) =>
  [...evidence.witnesses.values()]
    .filter(({ gap, gatewayDied }) => !gap && !gatewayDied)
    .flatMap((witness) => falselyLost(witness, evidence))
    .map(({ history, time }) => ({
      promise: 'no client of a living gateway is told lost',
      about: history.replyId,
      seen: `told so at ${time}`,
    }));

function falselyLost(witness: Witness, { disturbances, since }: Evidence) {
  const { history, events } = witness;
  return events.disconnected
    .filter(({ disconnected }) => disconnected.reason === GATEWAY_LOST)
    .map(({ time }) => ({ history, time, at: Date.parse(time) - performance.timeOrigin }))
    .filter(({ at }) => at > since)
    .filter(
      ({ at }) =>
        !disturbances.some(({ gatewayId, from, to }) => concerns(gatewayId, history) && from <= at && at <= to),
    );
}

const concerns = (gatewayId: string | null, history: Witness['history']): boolean =>
  gatewayId === null || gatewayId === history.gatewayId;
