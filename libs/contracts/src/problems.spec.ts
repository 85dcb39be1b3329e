/** Failures as callers see them. */
import { Problem, type ProblemKind, problems } from './problems';

test.each(Object.keys(problems) as ProblemKind[])('%s tells its status and title', (kind) => {
  const { status, title } = problems[kind];
  const problem = new Problem(kind);
  expect(problem).toMatchObject({ status, message: title });
  expect(problem.toDetails()).toEqual({ type: 'about:blank', title, status });
});

test('a detail is added to what the kind says', () => {
  const problem = new Problem('tooBig', 'larger than 5 bytes');
  expect(problem.message).toBe('larger than 5 bytes');
  expect(problem.toDetails()).toEqual({
    type: 'about:blank',
    title: 'The message is too big',
    status: 413,
    detail: 'larger than 5 bytes',
  });
});
