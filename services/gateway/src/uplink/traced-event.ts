/**
 * The spans of an event: what happened at the socket, which begins a trace, and the event on its way into the stream. An
 * event that tells of a command (a delivery, a broadcast) belongs to the command's trace.
 */
import type { Outbox } from '@wscm/bus';
import { type EncodedEvent, type GatewayEvent } from '@wscm/contracts';
import {
  type Attributes,
  type HeaderReader,
  messagingAttributes,
  type OpenSpan,
  type SpanStart,
  type Tracing,
} from '@wscm/tracing';
import { commandUnderWay } from '../downlink/traced-command';

export function addTraced(
  traces: Tracing,
  outbox: Outbox,
  event: GatewayEvent,
  encoded: EncodedEvent,
  about: string,
): void {
  const received = beginReceived(traces, event);
  const publishing = received
    ? received.run(() => beginPublishing(traces, event, encoded))
    : beginPublishing(traces, event, encoded);
  if (publishing) {
    const headers = { ...encoded.headers, ...publishing.headers };
    outbox.add({ ...encoded, headers }, event.id, about, (error) => publishing.end(error));
  } else outbox.add(encoded, event.id, about);
  received?.end();
}

/** Anybody may connect, and call any trace recorded: so what the upgrade request names is only pointed to. */
function beginReceived(traces: Tracing, event: GatewayEvent): OpenSpan | null {
  if (event.kind === 'delivered' || event.kind === 'broadcast') return null;
  const headers = event.kind === 'connected' ? event.connected.headers : undefined;
  const linkTo: HeaderReader | undefined = headers && ((name) => headers[name]);
  const start: SpanStart = {
    name: `websocket ${event.kind}`,
    kind: 'server',
    mayBeRoot: true,
    attributes: () => ({ 'network.protocol.name': 'websocket', ...factsOf(event) }),
    ...(linkTo ? { linkTo } : {}),
  };
  const command = commandUnderWay();
  return command ? command.run(() => traces.begin(start)) : traces.begin(start);
}

/** It ends when JetStream has stored the event. Where nothing is traced that leads to it, it is not either. */
const beginPublishing = (traces: Tracing, event: GatewayEvent, encoded: EncodedEvent): OpenSpan | null =>
  traces.begin({
    name: `publish events.${event.kind}`,
    kind: 'producer',
    attributes: () => ({
      ...messagingAttributes('publish', {
        subject: encoded.subject,
        id: event.id,
        bytes: encoded.payload.length,
      }),
      ...factsOf(event),
    }),
  });

function factsOf(event: GatewayEvent): Attributes {
  const about =
    event.kind === 'broadcast' ? { 'wscm.gateway_id': event.gatewayId } : { 'wscm.reply_id': event.replyId };
  switch (event.kind) {
    case 'connected':
      return { ...about, 'wscm.epoch': event.connected.epoch };
    case 'disconnected':
      return { ...about, 'wscm.close_code': event.disconnected.code };
    default:
      return {
        ...about,
        'wscm.seq': event.seq,
        'wscm.frame_type': event.frame.type,
        'wscm.bytes': event.frame.data.length,
      };
  }
}
