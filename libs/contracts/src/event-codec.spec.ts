/** Events on the wire: what is encoded is decoded to the same, and what is malformed is named. */
import fc from 'fast-check';
import {
  decodeEvent,
  encodeConnected,
  type EncodedEvent,
  encodeEvent,
  frameTypeOf,
  MalformedEventError,
  type ReceivedEvent,
} from './event-codec';
import type { Connected, GatewayEvent } from './events';
import { subjectsOf } from './subjects';

const subjects = subjectsOf('wscm');

/** What a consumer gets of what was published. */
const received = ({ subject, headers, payload }: EncodedEvent): ReceivedEvent => ({
  subject,
  payload,
  header: (name) => headers[name] ?? '',
});

const count = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const token = fc.stringMatching(/^[A-Za-z0-9_-]{1,31}$/);
const replyId = fc.tuple(token, token).map((parts) => parts.join('.'));
const time = fc
  .date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true })
  .map((at) => at.toISOString());
const anyText = fc.string({ unit: 'binary' });
const frame = fc.oneof(
  fc.record({ type: fc.constant('text' as const), data: anyText.map((text) => new TextEncoder().encode(text)) }),
  fc.record({ type: fc.constant('binary' as const), data: fc.uint8Array({ maxLength: 300 }) }),
);
const base = { id: token, time, source: token.map((id) => `/gateways/${id}`) };
/** JSON has no key of this name that is safe to read back. */
const key = anyText.filter((name) => name !== '__proto__');

const claim = fc.oneof(anyText, fc.integer(), fc.boolean(), fc.constant(null));

const facts = fc.record({
  connectedAt: time,
  path: anyText,
  query: fc.dictionary(key, fc.oneof(anyText, fc.array(anyText)), { noNullPrototype: true }),
  headers: fc.dictionary(key, anyText, { noNullPrototype: true }),
  remoteAddress: anyText,
  user: fc.option(fc.string({ unit: 'binary', minLength: 1 })),
  connectOrder: count,
  epoch: count,
  messagesFromClient: count,
  messagesToClient: count,
  broadcasts: count,
  order: count,
});
const claims = fc.dictionary(key, fc.oneof(claim, fc.array(claim)), { noNullPrototype: true });
const connected: fc.Arbitrary<Connected> = fc
  .tuple(facts, fc.option(claims))
  .map(([facts, claims]) => ({ ...facts, ...(claims && { claims }) }));

const disconnected = fc.record(
  { code: fc.integer({ min: 1000, max: 4999 }), reason: anyText, epoch: count },
  { requiredKeys: ['code', 'reason'], noNullPrototype: true },
);

const kinds: Record<GatewayEvent['kind'], fc.Arbitrary<GatewayEvent>> = {
  connected: fc.record({ kind: fc.constant('connected'), ...base, replyId, connected }),
  message: fc.record({ kind: fc.constant('message'), ...base, replyId, seq: count, frame }),
  delivered: fc.record({
    kind: fc.constant('delivered'),
    ...base,
    replyId,
    seq: count,
    order: count,
    broadcasts: count,
    frame,
  }),
  broadcast: fc.record(
    { kind: fc.constant('broadcast'), ...base, gatewayId: token, seq: count, order: count, delivered: count, frame },
    { requiredKeys: ['kind', 'id', 'time', 'source', 'gatewayId', 'seq', 'order', 'frame'] },
  ),
  disconnected: fc.record({ kind: fc.constant('disconnected'), ...base, replyId, seq: count, disconnected }),
};

test.each(Object.entries(kinds))('any %s event is read as it was written', (_kind, anyEvent) => {
  fc.assert(
    fc.property(anyEvent, (event) => {
      expect(decodeEvent(received(encodeEvent(event, subjects)), subjects)).toEqual(event);
    }),
  );
});

test('a connect whose facts are JSON already is encoded as any other', () => {
  fc.assert(
    fc.property(kinds.connected, (event) => {
      if (event.kind !== 'connected') throw new Error(event.kind);
      const { connected, ...rest } = event;
      const { connectOrder, epoch, messagesFromClient, messagesToClient, broadcasts, order, ...facts } = connected;
      const numbers = { connectOrder, epoch, messagesFromClient, messagesToClient, broadcasts, order };
      const encoded = encodeConnected(rest, JSON.stringify(facts), numbers, subjects);
      expect(decodeEvent(received(encoded), subjects)).toEqual(event);
      expect(encoded.headers).toEqual(encodeEvent(event, subjects).headers);
    }),
  );
});

test.each(Object.entries(kinds))('a %s event has headers that NATS can carry', (_kind, anyEvent) => {
  fc.assert(
    fc.property(anyEvent, (event) => {
      const { headers } = encodeEvent(event, subjects);
      for (const value of Object.values(headers)) expect(value).toMatch(/^[\x20-\x7e]+$/);
    }),
  );
});

/** Headers of W3C Trace Context, sound and broken ones. */
const traceHeaders = fc.record({
  traceparent: fc.oneof(fc.constant('00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'), anyText),
  tracestate: fc.oneof(fc.constant('vendor=1'), anyText),
});

test.each(Object.entries(kinds))('the trace in which a %s event came is no part of it', (_kind, anyEvent) => {
  fc.assert(
    fc.property(anyEvent, traceHeaders, (event, trace) => {
      const encoded = encodeEvent(event, subjects);
      const headers = { ...encoded.headers, ...trace };
      expect(decodeEvent(received({ ...encoded, headers }), subjects)).toEqual(event);
    }),
  );
});

const message: GatewayEvent = {
  kind: 'message',
  id: 'message-g.s-2',
  time: '2026-11-23T05:00:00.000Z',
  source: '/gateways/g',
  replyId: 'g.s',
  seq: 2,
  frame: { type: 'text', data: new TextEncoder().encode('héllo') },
};

test('a message is a CloudEvent in binary mode whose payload is the bytes of the client', () => {
  const encoded = encodeEvent(message, subjects);
  expect(encoded).toEqual({
    subject: 'wscm.events.message.g.s',
    headers: {
      'ce-specversion': '1.0',
      'ce-id': 'message-g.s-2',
      'ce-source': '/gateways/g',
      'ce-type': 'wscm.message',
      'ce-time': '2026-11-23T05:00:00.000Z',
      'ce-subject': 'g.s',
      'content-type': 'text/plain; charset=utf-8',
      'wscm-seq': '2',
    },
    payload: message.frame.data,
  });
});

/** The message above, with a few things changed. */
function spoilt(change: {
  subject?: string;
  headers?: Record<string, string>;
  payload?: string | Uint8Array;
}): ReceivedEvent {
  const { subject, headers, payload } = encodeEvent(message, subjects);
  return received({
    subject: change.subject ?? subject,
    headers: { ...headers, ...change.headers },
    payload:
      typeof change.payload === 'string' ? new TextEncoder().encode(change.payload) : (change.payload ?? payload),
  });
}

const connectedSubject = 'wscm.events.connected.g.s';

test.each([
  ['a foreign subject', { subject: 'other.events.message.g.s' }, 'unknown subject other.events.message.g.s'],
  ['no id', { headers: { 'ce-id': '' } }, 'header ce-id is missing'],
  ['no source', { headers: { 'ce-source': '' } }, 'header ce-source is missing'],
  ['no time', { headers: { 'ce-time': '' } }, 'header ce-time is missing'],
  ['a time that is none', { headers: { 'ce-time': 'soon' } }, 'header ce-time is no time: soon'],
  ['no number', { headers: { 'wscm-seq': '' } }, 'header wscm-seq is missing'],
  ['a negative number', { headers: { 'wscm-seq': '-1' } }, 'header wscm-seq is no whole number: -1'],
  ['a broken number', { headers: { 'wscm-seq': '1.5' } }, 'header wscm-seq is no whole number: 1.5'],
  ['a number in other digits', { headers: { 'wscm-seq': '0x10' } }, 'header wscm-seq is no whole number: 0x10'],
  [
    'a number that is not exact',
    { headers: { 'wscm-seq': '9007199254740993' } },
    'header wscm-seq is no whole number: 9007199254740993',
  ],
  [
    'a type other than its subject',
    { headers: { 'ce-type': 'wscm.connected' } },
    /ce-type is wscm.connected, the subject says wscm.message/,
  ],
  [
    'another client than its subject',
    { headers: { 'ce-subject': 'g.other' } },
    /ce-subject is g.other, the subject says g\.s/,
  ],
  ['a time of no year', { headers: { 'ce-time': '+275760-09-13T00:00:00.000Z' } }, /ce-time is no time/],
  ['no content type', { headers: { 'content-type': '' } }, 'header content-type is missing'],
  ['text that is no UTF-8', { payload: new Uint8Array([0x68, 0xff]) }, 'the payload is no valid UTF-8 text'],
  ['no order', { subject: 'wscm.events.delivered.g.s' }, 'header wscm-order is missing'],
  ['a payload that is no JSON', { subject: connectedSubject, payload: '{"path":' }, 'the payload is no JSON'],
  ['a payload without its fields', { subject: connectedSubject, payload: '{}' }, /bad payload: [^]*remoteAddress/],
  [
    'a code that no close frame has',
    { subject: 'wscm.events.disconnected.g.s', payload: '{"code":99,"reason":""}' },
    /bad payload: [^]*code/,
  ],
])('an event with %s is refused by name', (_what, change, fault) => {
  const read = () => decodeEvent(spoilt(change), subjects);
  expect(read).toThrow(MalformedEventError);
  expect(read).toThrow(fault);
});

test('no bytes at all make reading fail in another way', () => {
  const headers = fc.dictionary(fc.constantFrom('ce-id', 'ce-time', 'wscm-seq', 'content-type'), anyText);
  const subject = fc.oneof(fc.constantFrom(connectedSubject, 'wscm.events.disconnected.g.s'), anyText);
  fc.assert(
    fc.property(subject, headers, fc.uint8Array(), (...[at, given, payload]) => {
      const whole = { 'ce-id': 'a', 'ce-source': 'b', 'ce-time': message.time, 'wscm-seq': '1', ...given };
      expect(() => decodeEvent(received({ subject: at, headers: whole, payload }), subjects)).toThrow(
        MalformedEventError,
      );
    }),
  );
});

test.each([
  ['application/octet-stream', 'binary'],
  ['Application/Octet-Stream; x=y', 'binary'],
  ['text/plain', 'text'],
  ['application/json', 'text'],
  ['', 'text'],
])('content type %j is a %s frame', (contentType, type) => {
  expect(frameTypeOf(contentType)).toBe(type);
});
