/** Events to and from what NATS carries: a subject, headers, and the payload. */
import { isUtf8 } from 'node:buffer';
import {
  type BroadcastEvent,
  type ClientEvent,
  type ConnectedEvent,
  connectedSchema,
  type ConnectNumbers,
  contentTypes,
  type DeliveredEvent,
  disconnectedSchema,
  eventHeaders as names,
  type EventKind,
  type Frame,
  type GatewayEvent,
} from './events';
import type { Subjects } from './subjects';

export interface EncodedEvent {
  subject: string;
  headers: Record<string, string>;
  payload: Uint8Array;
}

/** What a bus consumer reads of a stored event. `header` returns an empty text for one that is absent. */
export interface ReceivedEvent {
  subject: string;
  header(name: string): string;
  payload: Uint8Array;
}

/** A stored event that can't be read; `message` names the fault. Reading it again gives the same. */
export class MalformedEventError extends Error {
  override readonly name = 'MalformedEventError';
}

const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

export function encodeEvent(event: GatewayEvent, subjects: Subjects): EncodedEvent {
  switch (event.kind) {
    case 'connected':
      return encoded(subjects, event, event.replyId, 0, contentTypes.json, json(event.connected));
    case 'disconnected':
      return encoded(subjects, event, event.replyId, event.seq, contentTypes.json, json(event.disconnected));
    case 'message':
      return encoded(subjects, event, event.replyId, event.seq, contentTypes[event.frame.type], event.frame.data);
    case 'delivered':
      return encodeDelivered(event, subjects);
    case 'broadcast':
      return encodeBroadcast(event, subjects);
  }
}

/**
 * The same as `encodeEvent` where the request's facts are JSON already. `facts`: text of an object with one member or more;
 * `numbers`: all that `Connected` has beside them.
 */
export function encodeConnected(
  event: Omit<ConnectedEvent, 'connected'>,
  facts: string,
  numbers: ConnectNumbers,
  subjects: Subjects,
): EncodedEvent {
  const payload = Buffer.from(`${facts.slice(0, -1)},${JSON.stringify(numbers).slice(1)}`);
  return encoded(subjects, event, event.replyId, 0, contentTypes.json, payload);
}

function encodeDelivered(event: DeliveredEvent, subjects: Subjects): EncodedEvent {
  const { frame, seq, order, broadcasts } = event;
  const told = encoded(subjects, event, event.replyId, seq, contentTypes[frame.type], frame.data);
  told.headers[names.order] = String(order);
  told.headers[names.broadcasts] = String(broadcasts);
  return told;
}

function encodeBroadcast(event: BroadcastEvent, subjects: Subjects): EncodedEvent {
  const { frame, seq, order, delivered } = event;
  const told = encoded(subjects, event, event.gatewayId, seq, contentTypes[frame.type], frame.data);
  told.headers[names.order] = String(order);
  if (delivered !== undefined) told.headers[names.delivered] = String(delivered);
  return told;
}

/** Headers of every event. */
type CommonHeaders = Record<(typeof names)[Exclude<keyof typeof names, 'order' | 'broadcasts' | 'delivered'>], string>;

/** The names are written out, not taken from the table: an object literal of known keys costs a tenth of another. */
function encoded(
  subjects: Subjects,
  { kind, id, source, time }: Pick<GatewayEvent, 'kind' | 'id' | 'source' | 'time'>,
  about: string,
  seq: number,
  contentType: string,
  payload: Uint8Array,
): EncodedEvent {
  const headers: CommonHeaders = {
    'ce-specversion': '1.0',
    'ce-id': id,
    'ce-source': source,
    'ce-type': `wscm.${kind}`,
    'ce-time': time,
    'ce-subject': about,
    'content-type': contentType,
    'wscm-seq': String(seq),
  };
  return { subject: subjects.event(kind, about), headers, payload };
}

/** Throws `MalformedEventError` for whatever `encodeEvent` would not have made. */
export function decodeEvent(received: ReceivedEvent, subjects: Subjects): GatewayEvent {
  const parsed = subjects.parseEvent(received.subject);
  if (!parsed) throw new MalformedEventError(`unknown subject ${received.subject}`);
  const base = {
    id: required(received, names.id),
    time: timeOf(received),
    source: required(received, names.source),
  };
  const event =
    parsed.kind === 'broadcast'
      ? decodeBroadcast(received, { ...base, gatewayId: parsed.about })
      : decodeClientEvent(parsed.kind, received, { ...base, replyId: parsed.about });
  expectHeader(received, names.type, `wscm.${parsed.kind}`);
  expectHeader(received, names.subject, parsed.about);
  return event;
}

type Base = Pick<GatewayEvent, 'id' | 'time' | 'source'>;

const decodeBroadcast = (received: ReceivedEvent, base: Base & { gatewayId: string }): BroadcastEvent => ({
  kind: 'broadcast',
  ...base,
  seq: numberOf(received, names.seq),
  order: numberOf(received, names.order),
  ...(received.header(names.delivered) === '' ? {} : { delivered: numberOf(received, names.delivered) }),
  frame: frameOf(received),
});

function decodeClientEvent(
  kind: Exclude<EventKind, 'broadcast'>,
  received: ReceivedEvent,
  base: Base & { replyId: string },
): ClientEvent {
  switch (kind) {
    case 'connected':
      return { kind, ...base, connected: jsonOf(received, connectedSchema) };
    case 'disconnected':
      return { kind, ...base, seq: numberOf(received, names.seq), disconnected: jsonOf(received, disconnectedSchema) };
    case 'message':
      return { kind, ...base, seq: numberOf(received, names.seq), frame: frameOf(received) };
    case 'delivered':
      return {
        kind,
        ...base,
        seq: numberOf(received, names.seq),
        order: numberOf(received, names.order),
        broadcasts: numberOf(received, names.broadcasts),
        frame: frameOf(received),
      };
  }
}

function required(received: ReceivedEvent, name: string): string {
  const value = received.header(name);
  if (value === '') throw new MalformedEventError(`header ${name} is missing`);
  return value;
}

function expectHeader(received: ReceivedEvent, name: string, expected: string): void {
  const value = required(received, name);
  if (value !== expected) throw new MalformedEventError(`header ${name} is ${value}, the subject says ${expected}`);
}

/** Years of four digits: what others who read the documents take for a date. */
const TIME = /^\d{4}-\d\d-\d\dT/;

function timeOf(received: ReceivedEvent): string {
  const value = required(received, names.time);
  if (!TIME.test(value) || Number.isNaN(Date.parse(value)))
    throw new MalformedEventError(`header ${names.time} is no time: ${value}`);
  return value;
}

function numberOf(received: ReceivedEvent, name: string): number {
  const value = required(received, name);
  const number = Number(value);
  if (!/^\d+$/.test(value) || !Number.isSafeInteger(number))
    throw new MalformedEventError(`header ${name} is no whole number: ${value}`);
  return number;
}

function frameOf(received: ReceivedEvent): Frame {
  const type = frameTypeOf(required(received, names.contentType));
  if (type === 'text' && !isUtf8(received.payload)) throw new MalformedEventError('the payload is no valid UTF-8 text');
  return { type, data: received.payload };
}

/** Binary where a content type says so, text for everything else and for none. */
export const frameTypeOf = (contentType: string): Frame['type'] =>
  contentType.split(';')[0]?.trim().toLowerCase() === contentTypes.binary ? 'binary' : 'text';

interface Parser<T> {
  safeParse(value: unknown): { success: true; data: T } | { success: false; error: { message: string } };
}

function jsonOf<T>(received: ReceivedEvent, schema: Parser<T>): T {
  const result = schema.safeParse(parseJson(received.payload));
  if (!result.success) throw new MalformedEventError(`bad payload: ${result.error.message}`);
  return result.data;
}

function parseJson(payload: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(payload)) as unknown;
  } catch {
    throw new MalformedEventError('the payload is no JSON');
  }
}
