/** Whether the checks find what must not be: one client's life, told truly, and then with one thing wrong. */
import type { Client } from '@wscm/contracts';
import type { ClientHistory } from '../load/history';
import { checkAnswers } from './answers';
import { checkDocuments } from './documents';
import { checkDownlink } from './downlink';
import type { Check, Evidence, Violation, Witness } from './evidence';
import { checkLeases } from './leases';
import { checkLists } from './lists';
import { checkUplink } from './uplink';

const all: readonly Check[] = [checkUplink, checkDownlink, checkDocuments, checkLists, checkAnswers, checkLeases];
const found = (evidence: Evidence): string[] =>
  all.flatMap((check): Violation[] => check(evidence)).map(({ promise }) => promise);

const ID = 'gw.open';
const GONE = 'gw.gone';
const text = (message: string) => ({ type: 'text', message }) as const;
const frame = (message: string) => ({ type: 'text', data: Buffer.from(message) }) as const;
const base = (kind: string, replyId: string) => ({
  id: `${kind}-${replyId}`,
  time: '2026-11-23T05:00:00.000Z',
  source: '/gateways/gw',
  replyId,
});

const connect = {
  ...{ connectedAt: '2026-11-23T05:00:00.000Z', path: '/', query: {}, headers: {}, remoteAddress: '', user: null },
  ...{ connectOrder: 0, epoch: 1, messagesFromClient: 0, messagesToClient: 0, broadcasts: 0, order: 0 },
};

function witness(replyId: string, changes: Partial<ClientHistory> = {}): Witness {
  const history: ClientHistory = {
    ...{ replyId, gatewayId: 'gw', openedAt: 0, sent: [text('m0'), text('m1')], received: [text('s0'), text('b0')] },
    ...{ askedCode: null, slow: false, end: null, ...changes },
  };
  const last = { seq: 2, ...text('m1') };
  return {
    history,
    events: {
      connected: [{ kind: 'connected', ...base('connected', replyId), connected: connect }],
      messages: [1, 2].map((seq) => ({
        kind: 'message',
        ...base(`message${seq}`, replyId),
        seq,
        frame: frame(`m${seq - 1}`),
      })),
      delivered: [
        { kind: 'delivered', ...base('delivered', replyId), seq: 1, order: 1, broadcasts: 0, frame: frame('s0') },
      ],
      disconnected: [],
    },
    document: {
      ...{ replyId, state: 'live', messagesFromClient: 2, messagesToClient: 1, lastMessageFromClient: last },
      lastMessageToClient: { seq: 1, ...text('s0') },
    },
    ...{ gap: false, refused: false, gatewayDied: false },
  };
}

/** One client that is open, and one that has closed in order; both got a send and a broadcast. */
function truth() {
  const open = witness(ID);
  const gone = witness(GONE, { askedCode: 1000, end: { at: 50, code: 1000, reason: 'bye' } });
  const disconnected = { code: 1000, reason: 'bye' };
  gone.events.disconnected.push({ kind: 'disconnected', ...base('disconnected', GONE), seq: 2, disconnected });
  gone.document = { ...gone.document!, state: 'closed', disconnected };
  gone.history.received[0] = text('s1');
  gone.events.delivered[0]!.frame = frame('s1');
  gone.document.lastMessageToClient = { seq: 1, ...text('s1') };
  const listed = {
    messagesFromClient: 2,
    messagesToClient: 2,
    lastMessageToClient: { ...text('b0'), seq: 2 },
  } as Client;
  const evidence: Evidence = {
    witnesses: new Map([
      [ID, open],
      [GONE, gone],
    ]),
    broadcastsOf: () => [
      { kind: 'broadcast', ...base('broadcast', 'gw'), gatewayId: 'gw', seq: 1, order: 2, frame: frame('b0') },
    ],
    lists: [{ by: 'registry-1', clients: new Map([[ID, listed]]) }],
    counts: [{ by: 'registry-1', count: 1 }],
    gateways: [
      {
        ...{ gatewayId: 'gw', host: '', startedAt: '', connections: 1, lastHeartbeat: '' },
        ...{ connects: 1, disconnects: 0, messagesFromClients: 0, messagesToClients: 0 },
      },
    ],
    runningGateways: ['gw'],
    sends: [{ id: 's0', replyId: ID, said: text('s0'), from: 10, to: 11, answer: 'delivered' }],
    broadcasts: [{ id: 'b0', said: text('b0'), from: 20, to: 21, delivered: new Map([['gw', 2]]) }],
    ...{ disconnects: [], disturbances: [], since: -Infinity, failedConnects: 0 },
  };
  return { evidence, open, gone, listed };
}

const lost = (replyId: string) => ({
  ...{ kind: 'disconnected' as const, ...base('lost', replyId), seq: 0 },
  disconnected: { code: 1006, reason: 'gateway-lost', epoch: 1 },
});

type Told = ReturnType<typeof truth>;

test('what is true shows nothing wrong', () => {
  expect(found(truth().evidence)).toEqual([]);
});

test.each<[string, (told: Told) => unknown]>([
  ['messages are stored in their order', ({ open }) => open.events.messages.reverse()],
  ['no message is missing in the stream', ({ open }) => open.events.messages.shift()],
  ['messages are stored verbatim', ({ open }) => (open.events.messages[1]!.frame = frame('M1'))],
  ['every message that the gateway took is stored', ({ gone }) => gone.events.messages.pop()],
  ['every connect is stored', ({ open }) => open.events.connected.pop()],
  ['every end is stored', ({ gone }) => gone.events.disconnected.pop()],
  [
    'only a client that has ended is told gone',
    ({ open, gone }) => open.events.disconnected.push(...gone.events.disconnected),
  ],
  ['a client ends once', ({ gone }) => gone.events.disconnected.push(...gone.events.disconnected)],
  ['the end is told as it was', ({ gone }) => (gone.events.disconnected[0]!.disconnected.code = 1001)],
  ['no client of a living gateway is told lost', ({ gone }) => gone.events.disconnected.push(lost(GONE))],
  ['what is sent arrives in the order that the stream tells', ({ open }) => open.history.received.reverse()],
  ['nothing that was sent is skipped', ({ open }) => open.history.received.shift()],
  ['what was accepted by a socket arrives', ({ open }) => open.history.received.splice(0)],
  ['whatever arrives is told in the stream', ({ open }) => open.history.received.push(text('s9'))],
  ['an open client is live', ({ open }) => (open.document!.state = 'lost')],
  ['messages are counted once each', ({ open }) => (open.document!.messagesFromClient = 3)],
  ['messages are counted once each', ({ gone }) => (gone.document!.messagesFromClient = 1)],
  [
    'the last message is the last one',
    ({ open }) => (open.document!.lastMessageFromClient = { seq: 1, ...text('m0') }),
  ],
  ['the last send is the last one', ({ gone }) => (gone.document!.lastMessageToClient = null)],
  ['a client that left is no ghost', ({ gone }) => (gone.document!.state = 'live')],
  ['no ghost is listed', ({ evidence, listed }) => evidence.lists[0]!.clients.set(GONE, listed)],
  ['every open client is listed', ({ evidence }) => evidence.lists[0]!.clients.clear()],
  ['messagesToClient is exact', ({ listed }) => (listed.messagesToClient = 1)],
  ['lastMessageToClient is the last one', ({ listed }) => (listed.lastMessageToClient = null)],
  ['the count is exact', ({ evidence }) => (evidence.counts[0]!.count = 2)],
  ['the gateways that run are listed', ({ evidence }) => evidence.gateways.pop()],
  ["a gateway's connections are told", ({ evidence }) => (evidence.gateways[0]!.connections = 2)],
  ['what is delivered arrives', ({ evidence }) => (evidence.sends[0]!.id = 's5')],
  ['what is refused does not arrive', ({ evidence }) => (evidence.sends[0]!.answer = 410)],
  ['nobody open is said to be gone', ({ evidence }) => (evidence.sends[0]!.answer = 410)],
  ['a send reaches its client alone', ({ evidence }) => (evidence.sends[0]!.replyId = GONE)],
  ['a send arrives once', ({ open }) => open.history.received.push(text('s0'))],
  ['a broadcast tells how many it reached', ({ evidence }) => evidence.broadcasts[0]!.delivered!.set('gw', 3)],
  ['a broadcast reaches every client that is open', ({ open }) => open.history.received.pop()],
  [
    'what is disconnected is closed with that code',
    ({ evidence }) =>
      evidence.disconnects.push({
        id: 'd',
        replyId: ID,
        code: 4600,
        reason: '',
        from: 1,
        to: 2,
        answer: 'disconnected',
      }),
  ],
])('%s', (promise, falsify) => {
  const told = truth();
  falsify(told);
  expect(found(told.evidence)).toContain(promise);
});

test('a client of a dead gateway is told lost, and once', () => {
  const { evidence, gone } = truth();
  gone.gatewayDied = true;
  gone.history.end = { at: 50, code: 1006, reason: '' };
  gone.events.disconnected = [lost(GONE)];
  gone.document = { ...gone.document!, state: 'lost', disconnected: { code: 1006, reason: 'gateway-lost' } };
  expect(found(evidence)).toEqual([]);
  gone.events.disconnected.push(lost(GONE));
  expect(found(evidence)).toEqual(['each client of a dead gateway is told lost once']);
});
