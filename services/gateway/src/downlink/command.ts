/** What every command's handler gets. */
import type { BusMessage } from '@wscm/bus';
import type { Hub } from '../hub';
import type { Metrics } from '../metrics';
import type { Reporter } from '../uplink/reporter';

export interface CommandContext {
  hub: Hub;
  reporter: Reporter;
  metrics: Metrics;
  maxMessageBytes: number;
  /** False when the events waiting for NATS are at their limit: then nothing is sent that could not be told. */
  hasRoom: () => boolean;
  /** False when this gateway may have been declared lost: then it carries out nothing. */
  inTouch: () => boolean;
}

/** Carries out one command; the answer goes back as JSON. `socketId` is empty where the command is for all. */
export type CommandHandler = (
  context: CommandContext,
  message: BusMessage,
  socketId: string,
) => object | Promise<object>;
