/**
 * Sends one message to every socket of this gateway, verbatim. One event tells of it, however many they are. One that is
 * too big (the registries refuse it; what else has access to NATS might not) or that could not be told, since the events
 * waiting for NATS are at their limit, is dropped for every socket.
 */
import { type BroadcastReply, frameTypeOf } from '@wscm/contracts';
import type { CommandHandler } from './command';

export const broadcast: CommandHandler = async (context, message): Promise<BroadcastReply> => {
  const { hub, reporter, metrics, maxMessageBytes, hasRoom } = context;
  if (message.data.length > maxMessageBytes || !hasRoom())
    return { gatewayId: hub.gatewayId, delivered: 0, dropped: hub.size };
  const frame = { type: frameTypeOf(message.header('content-type')), data: message.data };
  const handed = hub.broadcast(frame);
  const place = { order: hub.order, seq: hub.broadcasts };
  const { delivered, dropped } = await handed;
  reporter.broadcast(frame, { ...place, delivered });
  metrics.broadcasts.inc();
  metrics.broadcastDeliveries.inc({ result: 'delivered' }, delivered);
  metrics.broadcastDeliveries.inc({ result: 'dropped' }, dropped);
  return { gatewayId: hub.gatewayId, delivered, dropped };
};
