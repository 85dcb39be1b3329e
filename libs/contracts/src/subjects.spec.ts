/** Subjects: what a builder makes its parser reads, and nothing else. */
import fc from 'fast-check';
import { type EventKind, eventKinds } from './events';
import { formatReplyId, newGatewayId, newSocketId } from './reply-id';
import { isPrefix, subjectsOf } from './subjects';

const subjects = subjectsOf('wscm');
const gatewayId = newGatewayId();
const socketId = newSocketId();
const replyId = formatReplyId({ gatewayId, socketId });

const aboutOf = (kind: EventKind) => (kind === 'broadcast' ? gatewayId : replyId);

/** Whether a NATS pattern takes a subject. */
function takes(pattern: string, subject: string): boolean {
  const tokens = subject.split('.');
  const wanted = pattern.split('.');
  if (wanted.at(-1) === '>')
    return (
      tokens.length >= wanted.length &&
      takes(wanted.slice(0, -1).join('.'), tokens.slice(0, wanted.length - 1).join('.'))
    );
  return wanted.length === tokens.length && wanted.every((each, index) => each === '*' || each === tokens[index]);
}

test.each(eventKinds)('the subject of %s is parsed into what it was made of, and is stored', (kind) => {
  const about = aboutOf(kind);
  const subject = subjects.event(kind, about);
  expect(subject).toBe(`wscm.events.${kind}.${about}`);
  expect(subjects.parseEvent(subject)).toEqual({ kind, about });
  expect(takes(subjects.allEvents, subject)).toBe(true);
});

test.each([
  ['another prefix', `other.events.message.${replyId}`],
  ['a prefix that begins like ours', `wscm2.events.message.${replyId}`],
  ['something before the prefix', `x.wscm.events.message.${replyId}`],
  ['our commands', `wscm.commands.${gatewayId}.send.${socketId}`],
  ['a dead letter', `wscm.dead.events.message.${replyId}`],
  ['an unknown kind', `wscm.events.joined.${replyId}`],
  ["a kind that is a name of every object's", `wscm.events.constructor.${replyId}`],
  ['no kind', 'wscm.events'],
  ['a kind alone', 'wscm.events.message'],
  ['a client without a socket', `wscm.events.message.${gatewayId}`],
  ['a further token', `wscm.events.message.${replyId}.more`],
  ['a wildcard', `wscm.events.message.${gatewayId}.*`],
  ['a broadcast about a client', `wscm.events.broadcast.${replyId}`],
  ['a broadcast about nobody', 'wscm.events.broadcast.'],
])('%s is no event', (_what, subject) => {
  expect(subjects.parseEvent(subject)).toBeNull();
});

test('an event of one client names it; a broadcast names none', () => {
  expect(subjects.replyIdOf(subjects.event('message', replyId))).toBe(replyId);
  expect(subjects.replyIdOf(subjects.event('broadcast', gatewayId))).toBeUndefined();
  expect(subjects.replyIdOf(`wscm.events.joined.${replyId}`)).toBeUndefined();
});

test('whatever is parsed as an event is what the builder makes', () => {
  const token = fc.oneof(fc.constantFrom('wscm', 'events', ...eventKinds, '', '*', '>'), fc.string({ maxLength: 4 }));
  const anySubject = fc.array(token, { maxLength: 6 }).map((tokens) => tokens.join('.'));
  fc.assert(
    fc.property(anySubject, (subject) => {
      const parsed = subjects.parseEvent(subject);
      expect(parsed === null || subjects.event(parsed.kind, parsed.about) === subject).toBe(true);
    }),
  );
});

test('a command reaches the gateway of its socket, and nobody else', () => {
  const subject = subjects.command('send', { gatewayId, socketId });
  expect(takes(subjects.commandsOf(gatewayId, 'send'), subject)).toBe(true);
  expect(takes(subjects.commandsOf(gatewayId, 'disconnect'), subject)).toBe(false);
  expect(takes(subjects.commandsOf(newGatewayId(), 'send'), subject)).toBe(false);
});

test('commands to a named gateway have its name as a token', () => {
  const named = newGatewayId('edge-1');
  const subject = subjects.command('send', { gatewayId: named, socketId });
  expect(subject).toBe(`wscm.commands.edge-1.${named}.send.${socketId}`);
  expect(takes(subjects.commandsOf(named, 'send'), subject)).toBe(true);
});

test('a command to all is none to a single gateway, whatever it is called', () => {
  expect(takes(subjects.commandsOf('all', 'broadcast'), subjects.commandToAll('broadcast'))).toBe(false);
});

test('a dead letter is kept apart from the events, and shows what it was', () => {
  const subject = subjects.deadLetter(`wscm.events.message.${replyId}`);
  expect(subject).toBe(`wscm.dead.events.message.${replyId}`);
  expect(takes(subjects.allDeadLetters, subject)).toBe(true);
  expect(takes(subjects.allEvents, subject)).toBe(false);
});

test('the names that people see are those of the contract', () => {
  expect(subjects).toMatchObject({ stream: 'WSCM_EVENTS', service: 'wscm', allEvents: 'wscm.events.>' });
  expect(subjects.endpoint('clients.get.>')).toBe('wscm.clients.get.>');
});

test('two systems on one NATS share no subject, stream or consumer', () => {
  const other = subjectsOf('wscm-2');
  for (const name of ['stream', 'deadLetterStream', 'consumer', 'service', 'allEvents', 'renewLease'] as const)
    expect(other[name]).not.toBe(subjects[name]);
  expect(other.parseEvent(subjects.event('message', replyId))).toBeNull();
});

test.each(['', 'a.b', '*', '>', 'a b', 'ä', 'a\n'])('%j is no prefix', (text) => {
  expect(isPrefix(text)).toBe(false);
  expect(() => subjectsOf(text)).toThrow(RangeError);
});
