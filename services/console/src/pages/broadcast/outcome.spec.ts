import { ApiError } from '../../api/request';
import { failureInWords, outcomeInWords } from './outcome';

const gateways = [
  { gatewayId: 'a', delivered: 2 },
  { gatewayId: 'b', delivered: 1 },
];

it('tells how many it reached', () => {
  expect(outcomeInWords({ delivered: 3, dropped: 0, gateways, unreachable: [] })).toEqual({
    outcome: 'done',
    title: 'Delivered to 3 clients',
    lines: [],
  });
  expect(outcomeInWords({ delivered: 0, dropped: 0, gateways: [], unreachable: [] }).title).toBe('Nobody is connected');
});

it('tells who did not get it, and of whom nobody knows', () => {
  const told = outcomeInWords({ delivered: 1, dropped: 1, gateways, unreachable: ['c'] });
  expect(told.outcome).toBe('partly');
  expect(told.title).toBe('Delivered to 1 client, not to all');
  expect(told.lines).toEqual([
    '1 client did not get it: too slow to read what was sent before, so they are disconnected.',
    '1 of 3 gateways did not answer in time: their clients may have got it, or not.',
  ]);
  expect(outcomeInWords({ delivered: 3, dropped: 0, gateways, unreachable: ['c'] })).toMatchObject({
    outcome: 'partly',
    title: 'Delivered to at least 3 clients',
  });
});

it('tells apart what was not done and what nobody knows', () => {
  expect(failureInWords(new ApiError(0, 'The registry can’t be reached')).outcome).toBe('partly');
  expect(failureInWords(new ApiError(503, 'Unavailable', 'NATS is away'))).toMatchObject({
    outcome: 'not',
    title: 'NATS is away',
  });
  expect(failureInWords(new ApiError(413, 'Too big')).lines).toEqual([
    'Nobody got it: it is longer than MAX_MESSAGE_BYTES allows.',
  ]);
});
