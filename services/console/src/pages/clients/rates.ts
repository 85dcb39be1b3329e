/** How many a second, over the last few seconds. */
import type { ShownEvent } from '@wscm/contracts';

const WINDOW_MS = 5_000;

export interface Rates {
  /** All a second. */
  connects: number;
  disconnects: number;
  messages: number;
}

export const noRates: Rates = { connects: 0, disconnects: 0, messages: 0 };

interface Counted extends Rates {
  at: number;
}

export class RateMeter {
  private counted: Counted[] = [];

  /** `now` in milliseconds of any clock that goes steadily. */
  count(events: readonly ShownEvent[], now: number): void {
    const of = (kind: ShownEvent['kind']) => events.filter((event) => event.kind === kind).length;
    const messages = events.length - of('connected') - of('disconnected');
    this.counted.push({ at: now, connects: of('connected'), disconnects: of('disconnected'), messages });
  }

  rates(now: number): Rates {
    this.counted = this.counted.filter(({ at }) => at > now - WINDOW_MS);
    const perSecond = (name: keyof Rates) =>
      (this.counted.reduce((sum, counted) => sum + counted[name], 0) * 1000) / WINDOW_MS;
    return { connects: perSecond('connects'), disconnects: perSecond('disconnects'), messages: perSecond('messages') };
  }
}

/** One digit behind the point below ten. */
export const rateText = (rate: number): string => (rate < 10 ? rate.toFixed(rate === 0 ? 0 : 1) : rate.toFixed(0));
