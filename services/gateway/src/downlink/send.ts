/** Sends one message to one socket, verbatim. */
import type { BusMessage } from '@wscm/bus';
import { frameTypeOf, type SendReply } from '@wscm/contracts';
import type { CommandContext, CommandHandler } from './command';

export const send: CommandHandler = (context, message, socketId): SendReply => {
  const result = sendTo(context, message, socketId);
  context.metrics.sends.inc({ result });
  return { result };
};

function sendTo(context: CommandContext, message: BusMessage, socketId: string): SendReply['result'] {
  const { hub, reporter, maxMessageBytes, hasRoom } = context;
  const session = hub.find(socketId);
  if (typeof session === 'string') return session;
  if (message.data.length > maxMessageBytes) return 'tooBig';
  if (!hasRoom()) return 'busy';
  const frame = { type: frameTypeOf(message.header('content-type')), data: message.data };
  const result = hub.send(session, frame);
  if (result !== 'dropped') reporter.delivered(session, frame);
  return result;
}
