/** What is told of an error, by who is to blame: callers hear what they did wrong, and nothing of our insides. */
import { BadRequestException, InternalServerErrorException } from '@nestjs/common';
import { Problem } from '@wscm/contracts';
import { createLogger } from '@wscm/runtime';
import fastify from 'fastify';
import { ProblemFilter } from './problem.filter';

const INSIDE = 'mongodb://10.0.0.7 at /srv/registry.js:1';

const logged: string[] = [];
const log = createLogger('test', 'error', { write: (line: string) => void logged.push(line) });

async function answerTo(error: unknown) {
  const filter = new ProblemFilter(log);
  const server = fastify();
  server.get('/', (_request, reply) => {
    filter.answer(error, reply);
    return reply;
  });
  const answer = await server.inject('/');
  await server.close();
  return { status: answer.statusCode, type: answer.headers['content-type'], body: answer.json<unknown>() };
}

const withStatus = (statusCode: number) => Object.assign(new Error(INSIDE), { statusCode });

beforeEach(() => {
  logged.length = 0;
});

it.each([
  ['any error', new Error(INSIDE)],
  ['one of Fastify’s that says 500', withStatus(500)],
  ['one of Nest’s that says 500', new InternalServerErrorException(INSIDE)],
  ['a text', INSIDE],
  ['nothing', undefined],
])('%s is told as an internal error without a word more, and logged', async (_, error) => {
  expect(await answerTo(error)).toEqual({
    status: 500,
    type: 'application/problem+json; charset=utf-8',
    body: { type: 'about:blank', title: 'Internal error', status: 500 },
  });
  expect(logged).toHaveLength(1);
  expect(JSON.parse(logged[0]!)).toMatchObject({ event: 'unexpected-error' });
});

it.each([
  ['one of Fastify’s', withStatus(400), 400, INSIDE],
  ['one of Nest’s', new BadRequestException('no number'), 400, 'no number'],
  ['a problem', new Problem('badRequest', 'no JSON'), 400, 'no JSON'],
  ['a body that is too large', withStatus(413), 413, undefined],
])('%s that the caller can mend is told, and not logged', async (_, error, status, detail) => {
  const { body } = await answerTo(error);
  expect(body).toMatchObject({ status, ...(detail === undefined ? {} : { detail }) });
  expect(logged).toEqual([]);
});
