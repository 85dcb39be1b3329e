import { HISTORY_MS, type Point, withPoint } from './history';

it('is bounded in time', () => {
  let points: Point[] = [];
  for (let now = 0; now <= 2 * HISTORY_MS; now += 2_000) points = withPoint(points, [], now);
  expect(points.length).toBe(HISTORY_MS / 2_000);
});

it('has a gap where nothing could be read', () => {
  const points = withPoint(withPoint(withPoint([], [], 0), [], 2_000), [], 30_000);
  expect(points.map(({ connections }) => connections)).toEqual([0, 0, null, 0]);
});
