/** Every subject and stream name of the system, builders and parsers side by side. No subject text stands elsewhere. */
import { type EventKind, eventKinds } from './events';
import { gatewayNameIn, isToken, parseReplyId, type ReplyIdParts } from './reply-id';

/** Stands in place of a gatewayId for commands to all gateways. Shorter than any gatewayId, so never one. */
const ALL_GATEWAYS = 'all';

/** True for what may be the first token of every subject (`WSCM_PREFIX`). */
export const isPrefix = (text: string): boolean => isToken(text);

export type Subjects = ReturnType<typeof subjectsOf>;

/** The subjects below one prefix. `prefix`: one token, see `isPrefix`. */
export function subjectsOf(prefix: string) {
  if (!isPrefix(prefix)) throw new RangeError(`not a subject prefix: ${JSON.stringify(prefix)}`);
  return {
    /** Streams and durable consumers take no dots; other prefixes on one NATS get streams of their own. */
    stream: `${prefix.toUpperCase()}_EVENTS`,
    deadLetterStream: `${prefix.toUpperCase()}_DEAD_LETTERS`,
    /** The durable consumer that all registries share. */
    consumer: `${prefix}-registry`,
    /** Name of the NATS service, for `nats micro info`. */
    service: prefix,

    allEvents: `${prefix}.events.>`,
    /** `about`: the replyId, or for a broadcast the gatewayId. */
    event: (kind: EventKind, about: string) => `${prefix}.events.${kind}.${about}`,
    /** All events of one client, its broadcasts left out. */
    eventsOf: (replyId: string) => `${prefix}.events.*.${replyId}`,
    /** Tells of what was sent to clients (`delivered`, `broadcast`), which whoever sent it knows already. */
    isOfDownlink: (eventSubject: string): boolean =>
      eventSubject.startsWith(`${prefix}.events.delivered.`) || eventSubject.startsWith(`${prefix}.events.broadcast.`),
    /** Tells what a client said. */
    isOfMessage: (eventSubject: string): boolean => eventSubject.startsWith(`${prefix}.events.message.`),
    parseEvent: (subject: string) => parseEventSubject(prefix, subject),
    /** Whose event it is; undefined for a broadcast's subject, and for what is no event. */
    replyIdOf: (eventSubject: string): string | undefined => {
      const event = parseEventSubject(prefix, eventSubject);
      return event && event.kind !== 'broadcast' ? event.about : undefined;
    },
    allDeadLetters: `${prefix}.dead.>`,
    deadLetter: (eventSubject: string) => `${prefix}.dead.${eventSubject.slice(prefix.length + 1)}`,

    /** An endpoint of the service, e.g. `clients.list`, or `clients.get.>` where a replyId follows. */
    endpoint: (pattern: string) => `${prefix}.${pattern}`,

    /** What a registry asks of the gateway that owns a socket. */
    command: (verb: string, { gatewayId, socketId }: ReplyIdParts) =>
      `${prefix}.commands.${addressOf(gatewayId)}.${verb}.${socketId}`,
    commandsOf: (gatewayId: string, verb: string) => `${prefix}.commands.${addressOf(gatewayId)}.${verb}.*`,
    /** What is for many sockets of one gateway. */
    commandToGateway: (verb: string, gatewayId: string) => `${prefix}.commands.${addressOf(gatewayId)}.${verb}`,
    commandToAll: (verb: string) => `${prefix}.commands.${ALL_GATEWAYS}.${verb}`,

    /** Each registry answers here, and tells of itself. */
    registryStatus: `${prefix}.registries.status`,

    renewLease: `${prefix}.leases.renew`,
    releaseLease: `${prefix}.leases.release`,
  };
}

/** A gateway's name is a token of its own, so that NATS may keep other gateways' credentials away from its commands. */
function addressOf(gatewayId: string): string {
  const name = gatewayNameIn(gatewayId);
  return name ? `${name}.${gatewayId}` : gatewayId;
}

/** The kind of an event and whom it is about, or null for a subject that is none of ours. */
function parseEventSubject(prefix: string, subject: string): { kind: EventKind; about: string } | null {
  const head = `${prefix}.events.`;
  if (!subject.startsWith(head)) return null;
  const [kind, ...rest] = subject.slice(head.length).split('.');
  const about = rest.join('.');
  const known = eventKinds.find((each) => each === kind);
  if (!known || !isAbout(known, about)) return null;
  return { kind: known, about };
}

const isAbout = (kind: EventKind, about: string): boolean =>
  kind === 'broadcast' ? isToken(about) : parseReplyId(about) !== null;
