/** What may be asked when a client is disconnected. */
import { closeCodes } from './close-codes';
import { disconnectRequestSchema } from './commands';

test('an empty request closes as an operator does', () => {
  const { code, reason } = closeCodes.operator;
  expect(disconnectRequestSchema.parse({})).toEqual({ code, reason });
});

test('a code may come as digits, as in a query', () => {
  expect(disconnectRequestSchema.parse({ code: '4001', reason: 'bye' })).toEqual({ code: 4001, reason: 'bye' });
  expect(disconnectRequestSchema.parse({ code: 1000 })).toMatchObject({ code: 1000 });
});

test('a reason may fill the close frame, in bytes and not in letters', () => {
  expect(disconnectRequestSchema.safeParse({ reason: 'a'.repeat(123) }).success).toBe(true);
  expect(disconnectRequestSchema.safeParse({ reason: `${'ä'.repeat(61)}b` }).success).toBe(true);
  expect(disconnectRequestSchema.safeParse({ reason: 'ä'.repeat(62) }).error?.message).toContain('123 bytes');
});

test.each([
  ['999'],
  ['1005'],
  ['1006'],
  ['1015'],
  ['2999'],
  ['5000'],
  ['4000.5'],
  [''],
  ['soon'],
  [null],
  [true],
  [[]],
])('code %j is refused', (code) => {
  expect(disconnectRequestSchema.safeParse({ code }).error?.issues).toMatchObject([{ path: ['code'] }]);
});

test('what is not asked for is refused by name', () => {
  expect(disconnectRequestSchema.safeParse({ cod: 4000 }).error?.message).toContain('cod');
});
