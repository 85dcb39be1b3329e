import type { Client } from '@wscm/contracts';
import { queryText, sortClients } from './sort-clients';

const clients = [
  { replyId: 'gw.b', messagesFromClient: 10, user: null, query: { z: '1' } },
  { replyId: 'gw.a', messagesFromClient: 9, user: 'ann', query: {} },
  { replyId: 'gw.c', messagesFromClient: 10, user: 'bob', query: { a: ['x', 'y'] } },
] as unknown as Client[];

const order = (sort: string) =>
  sortClients(clients, sort)
    .map(({ replyId }) => replyId.slice(3))
    .join('');

it.each([
  ['replyId', 'abc'],
  ['-replyId', 'cba'],
  ['messagesFromClient', 'abc'],
  ['-messagesFromClient', 'bca'],
  ['user', 'bac'],
  ['query', 'acb'],
  ['nonsense', 'bac'],
])('by %s', (sort, wanted) => {
  expect(order(sort)).toBe(wanted);
});

it('a query is shown as it stood in the address', () => {
  expect(queryText({ a: ['x', 'y'], b: '&' })).toBe('a=x&a=y&b=&');
});
