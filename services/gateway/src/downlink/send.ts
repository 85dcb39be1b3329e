/** Sends one message to one socket, verbatim. */
import { type Frame, frameTypeOf, type SendReply } from '@wscm/contracts';
import type { CommandContext, CommandHandler } from './command';

export const send: CommandHandler = (context, message, socketId): SendReply => ({
  result: sendTo(context, { type: frameTypeOf(message.header('content-type')), data: message.data }, socketId),
});

/** Counts the send, and tells of it in an event where the socket took it. */
export function sendTo(context: CommandContext, frame: Frame, socketId: string): SendReply['result'] {
  const result = handTo(context, frame, socketId);
  context.metrics.sends.inc({ result });
  return result;
}

function handTo(context: CommandContext, frame: Frame, socketId: string): SendReply['result'] {
  const { hub, reporter, maxMessageBytes, hasRoom } = context;
  const session = hub.find(socketId);
  if (typeof session === 'string') return session;
  if (frame.data.length > maxMessageBytes) return 'tooBig';
  if (!hasRoom()) return 'busy';
  const result = hub.send(session, frame);
  if (result !== 'dropped') reporter.delivered(session, frame);
  return result;
}
