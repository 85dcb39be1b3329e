/** The table of commands, and the subjects on which this gateway takes them. */
import type { Bus, BusMessage, Subscription } from '@wscm/bus';
import type { BulkSendReply, DisconnectReply, SendReply, Subjects } from '@wscm/contracts';
import { broadcast } from './broadcast';
import { bulkSend } from './bulk-send';
import type { CommandContext, CommandHandler } from './command';
import { disconnect } from './disconnect';
import { send } from './send';
import { inCommandSpan } from './traced-command';

/** In place of an answer to what is not carried out; a broadcast then gets none. */
const lapsed = { result: 'lapsed' } satisfies SendReply & DisconnectReply & BulkSendReply;

/** About one socket; its id is the subject's last token. */
const ofOneSocket = { send, disconnect } satisfies Record<string, CommandHandler>;
/** About several of this gateway's sockets, which the payload names. */
const ofManySockets = { bulkSend } satisfies Record<string, CommandHandler>;
const ofAllSockets = { broadcast } satisfies Record<string, CommandHandler>;

export interface CommandListener {
  /** Takes no more commands, after those that have arrived. */
  stop(): Promise<void>;
}

/** `onError` is told of a command that failed in a way that no answer covers; it is then not answered. */
export function listenForCommands(
  bus: Bus,
  subjects: Subjects,
  context: CommandContext,
  onError: (error: unknown) => void,
): CommandListener {
  const { gatewayId } = context.hub;
  const listen = (subject: string, verb: string, handler: CommandHandler): Subscription =>
    bus.subscribe(subject, (message) => {
      answer(verb, handler, context, message).catch(onError);
    });
  const subscriptions = [
    ...Object.entries(ofOneSocket).map(([verb, handler]) =>
      listen(subjects.commandsOf(gatewayId, verb), verb, handler),
    ),
    ...Object.entries(ofManySockets).map(([verb, handler]) =>
      listen(subjects.commandToGateway(verb, gatewayId), verb, handler),
    ),
    ...Object.entries(ofAllSockets).map(([verb, handler]) => listen(subjects.commandToAll(verb), verb, handler)),
  ];
  return {
    stop: async () => {
      await Promise.all(subscriptions.map((subscription) => subscription.drain()));
    },
  };
}

async function answer(
  verb: string,
  handler: CommandHandler,
  context: CommandContext,
  message: BusMessage,
): Promise<void> {
  const socketId = message.subject.slice(message.subject.lastIndexOf('.') + 1);
  if (context.inTouch())
    message.respond(JSON.stringify(await inCommandSpan(verb, handler, context, message, socketId)));
  else if (handler !== broadcast) message.respond(JSON.stringify(lapsed));
}
