import type { ShownEvent } from '@wscm/contracts';
import { noRates, RateMeter, rateText } from './rates';

const events = (kind: ShownEvent['kind'], number: number): ShownEvent[] =>
  Array.from({ length: number }, () => ({ kind }) as ShownEvent);

it('counts a second, over the last five, and forgets', () => {
  const meter = new RateMeter();
  meter.count([...events('connected', 10), ...events('disconnected', 5)], 1000);
  meter.count([...events('message', 20), ...events('delivered', 4), ...events('broadcast', 1)], 3000);
  expect(meter.rates(4000)).toEqual({ connects: 2, disconnects: 1, messages: 5 });
  expect(meter.rates(7000)).toEqual({ connects: 0, disconnects: 0, messages: 5 });
  expect(meter.rates(9000)).toEqual(noRates);
});

it('is told in as many digits as matter', () => {
  expect([0, 0.24, 9.96, 480.4].map(rateText)).toEqual(['0', '0.2', '10.0', '480']);
});
