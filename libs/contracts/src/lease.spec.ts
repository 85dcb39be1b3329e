/** What a gateway may tell of itself: lists of gateways show it, so that one of them must not spoil them. */
import { leaseReleaseSchema, leaseRenewalSchema } from './lease';

const renewal = {
  gatewayId: 'edge-1_A',
  epoch: 1,
  host: 'here',
  startedAt: '2026-11-23T05:00:00.000Z',
  connections: 0,
};

test('a renewal needs no traffic, and may tell of it', () => {
  expect(leaseRenewalSchema.parse(renewal)).toEqual(renewal);
  expect(leaseRenewalSchema.parse({ ...renewal, connects: 7 })).toEqual({ ...renewal, connects: 7 });
});

const bad: Record<string, unknown[]> = {
  gatewayId: ['', 'a.b', 'a b', '*', '>', '$SYS.x', 'ü', 'x'.repeat(65), { $gt: '' }],
  epoch: [-1, 1.5, '1', null, 2 ** 53],
  startedAt: ['soon', '', 0, '+275760-09-13T00:00:00.000Z'],
  connections: [-1, 0.1, '7', null],
  connects: [-1, 0.1, '7', null],
  host: [{ $gt: '' }, null],
};

test.each(Object.entries(bad).flatMap(([name, values]) => values.map((value) => [name, value] as const)))(
  '%s %j is refused',
  (name, value) => {
    const { error } = leaseRenewalSchema.safeParse({ ...renewal, [name]: value });
    expect(error?.issues.map(({ path }) => path)).toEqual([[name]]);
    if (name in leaseReleaseSchema.shape)
      expect(leaseReleaseSchema.safeParse({ ...renewal, [name]: value }).success).toBe(false);
  },
);
