/** What may be asked of the list of clients. */
import { clientFiltersSchema, clientListQuerySchema, DEFAULT_PAGE, MAX_PAGE } from './client-queries';

const faultsOf = (query: unknown) => clientListQuerySchema.safeParse(query).error?.issues;

test('nothing asked is the first page in order of connecting', () => {
  expect(clientListQuerySchema.parse({})).toEqual({ limit: DEFAULT_PAGE, sort: 'connectedAt' });
});

test('all filters are taken together', () => {
  const filters = { gatewayId: 'g', path: '/room/1', user: 'ann', remoteAddress: '::1' };
  expect(clientFiltersSchema.parse(filters)).toEqual(filters);
  expect(clientListQuerySchema.parse({ ...filters, sort: '-connectedAt', cursor: 'c' })).toMatchObject(filters);
});

test('an unknown filter is refused by name', () => {
  expect(faultsOf({ colour: 'red' })).toMatchObject([{ message: expect.stringContaining('colour') as unknown }]);
  expect(clientFiltersSchema.safeParse({ limit: '1' }).error?.message).toContain('limit');
});

test('a limit may come as a number or as digits', () => {
  expect(clientListQuerySchema.parse({ limit: '1' }).limit).toBe(1);
  expect(clientListQuerySchema.parse({ limit: MAX_PAGE }).limit).toBe(MAX_PAGE);
});

test.each([['0'], ['-1'], [MAX_PAGE + 1], ['1.5'], ['ten'], [''], [null], [[]], [{}]])(
  'limit %j is refused',
  (limit) => {
    expect(faultsOf({ limit })).toMatchObject([{ path: ['limit'] }]);
  },
);

test.each([
  ['sort', 'path'],
  ['cursor', ''],
  ['cursor', 'c'.repeat(2049)],
  ['path', ''],
  ['path', 'p'.repeat(2049)],
  ['user', ['ann', 'bob']],
  ['user', { $ne: 'ann' }],
])('%s=%j is refused', (name, value) => {
  expect(faultsOf({ [name]: value })).toMatchObject([{ path: [name] }]);
});
