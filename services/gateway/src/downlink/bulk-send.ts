/** Sends messages to many sockets, each as a send alone would be. */
import { type BulkSendReply, decodeBulkSend } from '@wscm/contracts';
import type { CommandHandler } from './command';
import { sendTo } from './send';

export const bulkSend: CommandHandler = (context, message): BulkSendReply => {
  const results = decodeBulkSend(message.data).flatMap(({ frame, socketIds }) =>
    socketIds.map((socketId) => sendTo(context, frame, socketId)),
  );
  return { results };
};
