/**
 * Pulls messages of a JetStream consumer over one subscription that stays. (The library's `fetch` makes one for each pull
 * and ends it when its time is over; what the server sends in that moment is lost until the acknowledgement wait ends.)
 * After ADR-37 and ADR-13 of the NATS architecture documents.
 */
import { type Msg, nanos, type Subscription } from 'nats';
import type { Bus } from './bus';

export interface PulledMessage {
  subject: string;
  payload: Uint8Array;
  /** The value of a header, or an empty text. */
  header(name: string): string;
  /** Its place in the stream. */
  streamSeq: number;
  /** The how-manieth message that the consumer has handed out, from 1. */
  consumerSeq(): number;
  ack(): void;
  /** Hands it back, for any process to take at once. */
  nak(): void;
}

interface Pull {
  /** The reply subject of what is sent for it. */
  inbox: string;
  left: number;
  end: (error?: Error) => void;
}

/** Added to a pull's own time before it is given up, e.g. because the connection was lost. */
const GRACE_MS = 1_000;

export class Puller {
  private readonly inbox: string;
  private readonly subscription: Subscription;
  private readonly unlisten: () => void;
  private pulls = 0;
  private current: Pull | undefined;

  constructor(
    private readonly bus: Bus,
    private readonly consumer: { stream: string; name: string },
    private readonly onMessage: (message: PulledMessage) => void,
  ) {
    this.inbox = bus.newInbox();
    this.subscription = bus.connection.subscribe(`${this.inbox}.*`, {
      callback: (error, message) => {
        if (error) this.current?.end(error);
        else this.receive(message);
      },
    });
    // A server that was away knows nothing of the pull under way.
    this.unlisten = bus.onConnectedChange((connected) => {
      if (connected) this.current?.end();
    });
  }

  /**
   * Takes up to `batch` messages, of no more than `maxBytes` together: those that wait, and those that come meanwhile.
   * Rejects where the consumer is gone.
   */
  async pull(batch: number, expiresMs: number, maxBytes?: number): Promise<void> {
    const inbox = `${this.inbox}.${this.pulls++}`;
    const ended = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(resolve, expiresMs + GRACE_MS);
      const end = (error?: Error) => {
        clearTimeout(timer);
        if (error) reject(error);
        else resolve();
      };
      this.current = { inbox, left: batch, end };
    });
    const { stream, name } = this.consumer;
    const request = JSON.stringify({ batch, expires: nanos(expiresMs), max_bytes: maxBytes });
    this.bus.publish(`$JS.API.CONSUMER.MSG.NEXT.${stream}.${name}`, request, { reply: inbox });
    await ended;
    this.current = undefined;
  }

  /** Ends the pull under way, and stops. What the server has sent until then still reaches `onMessage`. */
  async stop(): Promise<void> {
    this.unlisten();
    await this.subscription.drain().catch(() => undefined);
    this.current?.end();
  }

  private receive(message: Msg): void {
    if (message.subject.startsWith(this.inbox)) {
      this.onStatus(message);
      return;
    }
    this.onMessage(toPulledMessage(message));
    if (this.current && --this.current.left === 0) this.current.end();
  }

  /** A message without a subject of its own is a status: about the pull whose inbox it came to. */
  private onStatus(message: Msg): void {
    if (message.subject !== this.current?.inbox) return;
    const { code = 0, description = '' } = message.headers ?? {};
    if (code === 408 || code === 404 || (code === 409 && IN_ORDER.test(description))) this.current.end();
    else if (code !== 100) this.current.end(new Error(`the consumer can't be pulled from: ${code} ${description}`));
  }
}

function toPulledMessage(message: Msg): PulledMessage {
  return {
    subject: message.subject,
    payload: message.data,
    header: (name) => message.headers?.get(name) ?? '',
    streamSeq: numberIn(message.reply ?? '', 5),
    consumerSeq: () => numberIn(message.reply ?? '', 6),
    ack: () => message.respond('+ACK'),
    nak: () => message.respond('-NAK'),
  };
}

/** The next message would make it more bytes than were asked for; or NATS counts the request as done. */
const IN_ORDER = /max_?bytes|batch completed/i;

/**
 * From the reply subject: `$JS.ACK.<stream>.<consumer>.<delivered>.<stream seq>.<consumer seq>.…`, or with domain and
 * account before the stream (ADR-15).
 */
function numberIn(reply: string, at: number): number {
  const tokens = reply.split('.');
  return Number(tokens[tokens.length >= 11 ? at + 2 : at]);
}
