/** The view `clients_view`: living clients with broadcasts joined in, for people with a MongoDB shell. */
import type { Document } from 'mongodb';

/** The same join as `toClient`, and the same fields. */
export const clientsViewPipeline = (gateways: string): Document[] => [
  { $match: { state: 'live' } },
  { $lookup: { from: gateways, localField: 'gatewayId', foreignField: '_id', as: 'gateway' } },
  { $set: { gateway: { $first: '$gateway' } } },
  { $set: { messagesToClient: { $add: ['$messagesToClient', laterBroadcasts] } } },
  { $set: { lastMessageToClient: { $cond: [seesBroadcast, broadcast, '$lastMessageToClient'] } } },
  { $unset: ['gateway', 'sync', 'state', 'disconnected'] },
];

const laterBroadcasts = {
  $max: [0, { $subtract: [{ $ifNull: ['$gateway.broadcasts', 0] }, '$sync.broadcasts'] }],
};

const seesBroadcast = {
  $gt: [{ $ifNull: ['$gateway.lastBroadcast.order', -1] }, { $max: ['$sync.connectOrder', '$sync.sendOrder'] }],
};

const broadcast = {
  seq: '$messagesToClient',
  type: '$gateway.lastBroadcast.type',
  message: '$gateway.lastBroadcast.message',
  time: '$gateway.lastBroadcast.time',
  via: 'broadcast',
};
