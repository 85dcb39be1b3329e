/** Sends one message to every socket of this gateway, verbatim. One event tells of it, however many they are. */
import { type BroadcastReply, frameTypeOf } from '@wscm/contracts';
import type { CommandHandler } from './command';

export const broadcast: CommandHandler = async ({ hub, reporter, metrics }, message): Promise<BroadcastReply> => {
  const frame = { type: frameTypeOf(message.header('content-type')), data: message.data };
  const handed = hub.broadcast(frame);
  reporter.broadcast(frame);
  const { delivered, dropped } = await handed;
  metrics.broadcastDeliveries.inc({ result: 'delivered' }, delivered);
  metrics.broadcastDeliveries.inc({ result: 'dropped' }, dropped);
  return { gatewayId: hub.gatewayId, delivered, dropped };
};
