/**
 * Requests that have one answer each: all answers come to one inbox. (The client library's own make two errors with their
 * stacks for each request, in case it fails.)
 */
import type { Msg, MsgHdrs, NatsConnection } from 'nats';
import { BusError, toBusError } from './bus-error';
import type { Turn } from './turn';

export interface Asked {
  subject: string;
  data: Uint8Array | string;
  headers: MsgHdrs | undefined;
  timeoutMs: number;
}

interface Waiting {
  subject: string;
  resolve: (answer: Uint8Array) => void;
  reject: (error: unknown) => void;
  timer: NodeJS.Timeout;
}

/** `connected`: false while what is published would be lost. */
export class Requests {
  private readonly waiting = new Map<number, Waiting>();
  private numbers = 0;

  constructor(
    private readonly connection: NatsConnection,
    private readonly inbox: string,
    private readonly turn: Turn,
    private readonly connected: () => boolean,
  ) {
    connection.subscribe(`${inbox}.*`, {
      callback: (error, message) => {
        if (!error) this.onAnswer(message);
      },
    });
    // They may have been carried out.
    void connection.closed().then(() => this.failAll());
  }

  /** Rejects with `BusError`, or with the client library's error where the message is too large. */
  ask(asked: Asked): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      const number = this.numbers++;
      const timer = setTimeout(() => this.fail(number, 'timeout'), asked.timeoutMs);
      this.waiting.set(number, { subject: asked.subject, resolve, reject, timer });
      this.turn.atEnd(() => this.publish(number, asked));
    });
  }

  /** NATS does not let this connection publish there. */
  refused(subject: string): void {
    for (const [number, waiting] of this.waiting) if (waiting.subject === subject) this.fail(number, 'disconnected');
  }

  private publish(number: number, { subject, data, headers }: Asked): void {
    if (!this.connected()) {
      this.fail(number, 'disconnected');
      return;
    }
    try {
      const reply = `${this.inbox}.${number}`;
      this.connection.publish(subject, data, headers ? { headers, reply } : { reply });
    } catch (error) {
      this.take(number)?.reject(toBusError(error, subject));
    }
  }

  private onAnswer(message: Msg): void {
    const { headers, data } = message;
    const waiting = this.take(Number(message.subject.slice(this.inbox.length + 1)));
    if (!waiting) return;
    if (!headers) waiting.resolve(data);
    else if (headers.code === 503 && data.length === 0) waiting.reject(new BusError('noResponders', waiting.subject));
    else if (headers.has('Nats-Service-Error-Code')) waiting.reject(new BusError('refused', waiting.subject));
    else waiting.resolve(data);
  }

  private failAll(): void {
    for (const number of [...this.waiting.keys()]) this.fail(number, 'timeout');
  }

  private fail(number: number, failure: BusError['failure']): void {
    const waiting = this.take(number);
    waiting?.reject(new BusError(failure, waiting.subject));
  }

  private take(number: number): Waiting | undefined {
    const waiting = this.waiting.get(number);
    this.waiting.delete(number);
    clearTimeout(waiting?.timer);
    return waiting;
  }
}
