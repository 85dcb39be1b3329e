import type { Client, ShownEvent } from '@wscm/contracts';
import { Roster } from './roster';

const TIME = '2026-11-23T05:00:00.000Z';
const facts = { connectedAt: TIME, path: '/', query: {}, headers: {}, remoteAddress: '::1', user: null };

const client = (name: string, fields: Partial<Client> = {}): Client => ({
  ...{ replyId: `gw.${name}`, gatewayId: 'gw', ...facts, messagesFromClient: 0, messagesToClient: 0 },
  ...{ lastMessageFromClient: null, lastMessageToClient: null, ...fields },
});

const base = (name: string) => ({ replyId: `gw.${name}`, gatewayId: 'gw', time: '2026-11-23T05:00:01.000Z' });
const connected = (name: string, fields: object = {}): ShownEvent => ({
  kind: 'connected',
  ...base(name),
  ...facts,
  ...fields,
});
const left = (name: string): ShownEvent => ({ kind: 'disconnected', ...base(name), code: 1000, reason: '' });
const said = (name: string, seq: number, message: string): ShownEvent => ({
  kind: 'message',
  ...base(name),
  seq,
  type: 'text',
  message,
});
const told = (name: string, seq: number): ShownEvent => ({
  kind: 'delivered',
  via: 'send',
  ...base(name),
  seq,
  type: 'text',
  message: 'yes',
});
const toAll = (time: string): ShownEvent => ({
  ...{ kind: 'broadcast', replyId: null, gatewayId: 'gw', time, seq: 9, delivered: 1, type: 'text', message: 'all' },
});

function read(roster: Roster, ...pages: Client[][]): void {
  roster.beginReading();
  for (const page of pages) roster.read(page);
  roster.endReading();
}

const names = (roster: Roster) => roster.rows().map(({ replyId }) => replyId.slice('gw.'.length));
const only = (roster: Roster) => roster.rows()[0]!;

it('has whom the pages list, and whom events tell of', () => {
  const roster = new Roster();
  read(roster, [client('a')], [client('b')]);
  roster.apply([connected('c'), left('a')]);
  expect(names(roster)).toEqual(['b', 'c']);
});

it('a reading takes away who is no longer listed', () => {
  const roster = new Roster();
  read(roster, [client('a'), client('b')]);
  read(roster, [client('b')]);
  expect(names(roster)).toEqual(['b']);
});

it('a list that is behind the events neither brings back who has left, nor takes away who has come', () => {
  const roster = new Roster();
  read(roster, [client('a')]);
  roster.apply([left('a'), connected('b')]);
  read(roster, [client('a')]);
  expect(names(roster)).toEqual(['b']);
  read(roster, [client('b')]);
  read(roster, []);
  expect(names(roster)).toEqual([]);
});

it('who comes back under the same id is there again', () => {
  const roster = new Roster();
  roster.apply([connected('a'), left('a'), connected('a')]);
  expect(names(roster)).toEqual(['a']);
});

it('where events were lost, only the list counts', () => {
  const roster = new Roster();
  roster.apply([connected('ghost'), left('alive')]);
  roster.distrust();
  read(roster, [client('alive')]);
  expect(names(roster)).toEqual(['alive']);
});

it('takes of each message the later one, wherever it is from', () => {
  const roster = new Roster();
  roster.apply([connected('a'), said('a', 1, 'one'), said('a', 2, 'two'), said('a', 1, 'one')]);
  expect(only(roster)).toMatchObject({ messagesFromClient: 2, lastMessageFromClient: { seq: 2, message: 'two' } });
  read(roster, [
    client('a', { messagesFromClient: 1, lastMessageFromClient: { seq: 1, type: 'text', message: 'one', time: TIME } }),
  ]);
  expect(only(roster)).toMatchObject({ messagesFromClient: 2, lastMessageFromClient: { message: 'two' } });
  read(roster, [
    client('a', {
      messagesFromClient: 3,
      lastMessageFromClient: { seq: 3, type: 'text', message: 'three', time: TIME },
    }),
  ]);
  expect(only(roster)).toMatchObject({ messagesFromClient: 3, lastMessageFromClient: { message: 'three' } });
});

it('a broadcast reaches each client of its gateway once, and none that came later', () => {
  const roster = new Roster();
  roster.apply([connected('a'), connected('late', { connectedAt: '2026-11-23T06:00:00.000Z' }), told('a', 1)]);
  roster.apply([toAll('2026-11-23T05:30:00.000Z'), toAll('2026-11-23T05:30:00.000Z')]);
  const [first, second] = roster.rows();
  expect(first).toMatchObject({ messagesToClient: 2, lastMessageToClient: { via: 'broadcast', message: 'all' } });
  expect(second).toMatchObject({ messagesToClient: 0, lastMessageToClient: null });
});

it('with filters takes only whom they match', () => {
  const roster = new Roster({ path: '/room', user: 'ann' });
  roster.apply([
    connected('a', { path: '/room', user: 'ann' }),
    connected('b', { path: '/room' }),
    connected('c', { user: 'ann' }),
  ]);
  expect(names(roster)).toEqual(['a']);
});

it('keeps of a long message its beginning', () => {
  const roster = new Roster();
  roster.apply([connected('a'), said('a', 1, 'x'.repeat(100_000))]);
  expect(only(roster).lastMessageFromClient!.message.length).toBeLessThan(1000);
});

it('10,000 clients and the changes of a second take a fraction of it', () => {
  const roster = new Roster();
  read(
    roster,
    Array.from({ length: 10_000 }, (_, at) => client(String(at))),
  );
  const begun = performance.now();
  for (let batch = 0; batch < 4; batch++) {
    roster.apply(Array.from({ length: 125 }, (_, at) => said(String(at * 7), batch + 1, 'hi')));
    expect(roster.rows()).toHaveLength(10_000);
  }
  expect(performance.now() - begun).toBeLessThan(250);
});
