import type { Client } from '@wscm/contracts';
import { contains, toCsv, toJson } from './client-list';

const client: Client = {
  ...{ replyId: 'gw.a', gatewayId: 'gw', connectedAt: '2026-11-23T05:00:00.000Z', path: '/room/1', user: 'Ann' },
  ...{ query: { device: '42', tag: ['x', 'y'] }, headers: { 'user-agent': 'curl/8' }, remoteAddress: '10.0.0.1' },
  ...{ messagesFromClient: 1, messagesToClient: 0, lastMessageToClient: null },
  lastMessageFromClient: { seq: 1, type: 'text', message: 'a "b",\nc', time: '2026-11-23T05:00:01.000Z' },
};

it('CSV has a head, a line for each client, and quotes what needs it', () => {
  const text = toCsv([client]);
  const [head, ...rest] = text.split('\r\n');
  expect(head).toMatch(/^replyId,gatewayId,connectedAt,path,query,user,/);
  expect(rest.join('\r\n')).toBe(
    'gw.a,gw,2026-11-23T05:00:00.000Z,/room/1,"{""device"":""42"",""tag"":[""x"",""y""]}",Ann,10.0.0.1,' +
      '"{""user-agent"":""curl/8""}",1,0,2026-11-23T05:00:01.000Z,text,"a ""b"",\nc",,,\r\n',
  );
});

it.each(['=HYPERLINK("http://evil")', '+1', '-1', '@SUM(A1)', '\tx'])(
  'a client can’t have %j run as a formula',
  (user) => {
    expect(toCsv([{ ...client, user }])).toMatch(/,"?'[=+\-@\t]/);
  },
);

it('JSON is as REST gives it', () => {
  expect(JSON.parse(toJson([client]))).toEqual([client]);
});

it.each(['GW.A', '/room', 'ann', '10.0.', 'device=42', 'tag=x', 'curl', '"B"'])(
  'a search for %j finds the client',
  (text) => {
    expect(contains(client, text)).toBe(true);
  },
);

it('a search finds nothing else, and nothing within base64', () => {
  expect(contains(client, 'bob')).toBe(false);
  const binary = { seq: 1, type: 'binary', message: 'AAEC', time: '' } as const;
  expect(contains({ ...client, lastMessageFromClient: binary }, 'aaec')).toBe(false);
});
