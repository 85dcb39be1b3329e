/** Closes one socket with a code and a reason. */
import { disconnectRequestSchema, type DisconnectReply } from '@wscm/contracts';
import type { CommandHandler } from './command';

export const disconnect: CommandHandler = ({ hub }, message, socketId): DisconnectReply => {
  const session = hub.find(socketId);
  if (typeof session === 'string') return { result: session };
  const { code, reason } = disconnectRequestSchema.parse(JSON.parse(Buffer.from(message.data).toString()));
  hub.close(session, { code, reason });
  return { result: 'disconnected' };
};
