/** Sends one message to one socket, verbatim. */
import { frameTypeOf, type SendReply } from '@wscm/contracts';
import type { CommandHandler } from './command';

export const send: CommandHandler = ({ hub, reporter, metrics, maxMessageBytes }, message, socketId): SendReply => {
  const answer = (result: SendReply['result']): SendReply => {
    metrics.sends.inc({ result });
    return { result };
  };
  const session = hub.find(socketId);
  if (typeof session === 'string') return answer(session);
  if (message.data.length > maxMessageBytes) return answer('tooBig');
  const frame = { type: frameTypeOf(message.header('content-type')), data: message.data };
  const result = hub.send(session, frame);
  if (result !== 'dropped') reporter.delivered(session, frame);
  return answer(result);
};
