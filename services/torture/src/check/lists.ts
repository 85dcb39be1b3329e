/** Lists, counts and the view hold exactly the clients that live, with their numbers: no ghost, no orphan. */
import type { Client } from '@wscm/contracts';
import { brief, sameAs } from '../load/history';
import type { Check, Evidence, Violation, Witness } from './evidence';

export const checkLists: Check = (evidence) => {
  const living = [...evidence.witnesses.values()].filter(({ history }) => history.end === null);
  return [
    ...evidence.lists.flatMap(({ by, clients }) => compare(by, clients, living)),
    ...evidence.counts
      .filter(({ count }) => count !== living.length)
      .map(({ by, count }) => ({ promise: 'the count is exact', about: by, seen: `${count}, open ${living.length}` })),
    ...gateways(evidence, living),
  ];
};

function compare(by: string, listed: Map<string, Client>, living: readonly Witness[]): Violation[] {
  const found: Violation[] = [];
  const tell = (promise: string, replyId: string, seen: string) =>
    found.push({ promise, about: `${replyId} at ${by}`, seen });
  const open = new Set(living.map(({ history }) => history.replyId));
  for (const replyId of listed.keys()) if (!open.has(replyId)) tell('no ghost is listed', replyId, 'it is not open');
  for (const { history } of living) {
    const client = listed.get(history.replyId);
    if (!client) {
      tell('every open client is listed', history.replyId, 'it is missing');
      continue;
    }
    const { sent, received } = history;
    if (client.messagesFromClient !== sent.length)
      tell('messagesFromClient is exact', history.replyId, `${client.messagesFromClient}, sent ${sent.length}`);
    if (client.messagesToClient !== received.length)
      tell('messagesToClient is exact', history.replyId, `${client.messagesToClient}, received ${received.length}`);
    if (received.length > 0 && !sameAs(client.lastMessageToClient ?? undefined, received.at(-1)))
      tell(
        'lastMessageToClient is the last one',
        history.replyId,
        `${brief(client.lastMessageToClient ?? undefined)}, received ${brief(received.at(-1))}`,
      );
  }
  return found;
}

function gateways({ gateways: told, runningGateways }: Evidence, living: readonly Witness[]): Violation[] {
  const found: Violation[] = [];
  const running = [...runningGateways].sort().join();
  const listed = told
    .map(({ gatewayId }) => gatewayId)
    .sort()
    .join();
  if (running !== listed)
    found.push({
      promise: 'the gateways that run are listed',
      about: 'gateways',
      seen: `${listed}, running ${running}`,
    });
  for (const { gatewayId, connections } of told) {
    const open = living.filter(({ history }) => history.gatewayId === gatewayId).length;
    if (open !== connections)
      found.push({
        promise: "a gateway's connections are told",
        about: gatewayId,
        seen: `${connections}, open ${open}`,
      });
  }
  return found;
}
