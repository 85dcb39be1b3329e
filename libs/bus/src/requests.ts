/**
 * Requests that have one answer each, or several: all answers come to one inbox. (The client library's own make two errors
 * with their stacks for each request, in case it fails; and for several answers an inbox, which NATS is told of twice.)
 */
import type { Msg, MsgHdrs, NatsConnection } from 'nats';
import { BusError, type BusFailure, toBusError } from './bus-error';
import type { Turn } from './turn';

export interface Asked {
  subject: string;
  data: Uint8Array | string;
  headers: MsgHdrs | undefined;
  timeoutMs: number;
}

export interface AskedOfAll extends Asked {
  /** Takes an answer; true when no more are wanted. What it throws rejects the request. */
  onReply: (answer: Uint8Array) => boolean;
  /** Goes on after `onReply` has returned true, until no further answer has come for so long. */
  quietMs?: number;
  /** When it resolves, no more are wanted. Must not reject. */
  enough?: Promise<unknown>;
}

interface Waiting {
  subject: string;
  /** What it throws is told to `fail`. */
  onAnswer: (message: Msg) => void;
  /** No answer comes, or no more of them. */
  onFailure: (failure: BusFailure) => void;
  fail: (error: Error) => void;
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
      const fail = (error: Error) => {
        this.end(number);
        reject(error);
      };
      const onFailure = (failure: BusFailure) => fail(new BusError(failure, asked.subject));
      const onAnswer = (message: Msg) => {
        const failure = failureIn(message);
        if (failure) onFailure(failure);
        else {
          this.end(number);
          resolve(message.data);
        }
      };
      const number = this.wait(asked, { onAnswer, onFailure, fail });
    });
  }

  /**
   * Resolves whoever answers, when enough have or the time is over. Rejects with `BusError` only where nothing was sent,
   * with the client library's error where the message is too large, and with what `onReply` throws.
   */
  askAll(asked: AskedOfAll): Promise<void> {
    return new Promise((resolve, reject) => {
      let quiet: NodeJS.Timeout | undefined;
      let isAnswered = false;
      const end = () => {
        clearTimeout(quiet);
        this.end(number);
      };
      const finish = () => {
        end();
        resolve();
      };
      const fail = (error: Error) => {
        end();
        reject(error);
      };
      const onFailure = (failure: BusFailure) => {
        if (failure === 'disconnected' && !isAnswered) fail(new BusError(failure, asked.subject));
        else finish();
      };
      const onAnswer = (message: Msg) => {
        isAnswered = true;
        if (isNoResponders(message)) finish();
        else if (asked.onReply(message.data)) {
          clearTimeout(quiet);
          if (asked.quietMs) quiet = setTimeout(finish, asked.quietMs);
          else finish();
        }
      };
      const number = this.wait(asked, { onAnswer, onFailure, fail });
      void asked.enough?.then(finish);
    });
  }

  /** NATS does not let this connection publish there. */
  refused(subject: string): void {
    for (const waiting of [...this.waiting.values()])
      if (waiting.subject === subject) waiting.onFailure('disconnected');
  }

  private wait(asked: Asked, how: Omit<Waiting, 'subject' | 'timer'>): number {
    const number = this.numbers++;
    const timer = setTimeout(() => how.onFailure('timeout'), asked.timeoutMs);
    this.waiting.set(number, { subject: asked.subject, timer, ...how });
    this.turn.atEnd(() => this.publish(number, asked));
    return number;
  }

  private publish(number: number, { subject, data, headers }: Asked): void {
    const waiting = this.waiting.get(number);
    if (!this.connected()) {
      waiting?.onFailure('disconnected');
      return;
    }
    try {
      const reply = `${this.inbox}.${number}`;
      this.connection.publish(subject, data, headers ? { headers, reply } : { reply });
    } catch (error) {
      waiting?.fail(toBusError(error, subject) as Error);
    }
  }

  private onAnswer(message: Msg): void {
    const waiting = this.waiting.get(Number(message.subject.slice(this.inbox.length + 1)));
    try {
      waiting?.onAnswer(message);
    } catch (error) {
      // In the library's callback it would end the reading of the whole connection.
      waiting?.fail(error as Error);
    }
  }

  private failAll(): void {
    for (const waiting of [...this.waiting.values()]) waiting.onFailure('timeout');
  }

  private end(number: number): void {
    clearTimeout(this.waiting.get(number)?.timer);
    this.waiting.delete(number);
  }
}

function failureIn(message: Msg): BusFailure | undefined {
  if (!message.headers) return undefined;
  if (isNoResponders(message)) return 'noResponders';
  return message.headers.has('Nats-Service-Error-Code') ? 'refused' : undefined;
}

const isNoResponders = ({ headers, data }: Msg): boolean => headers?.code === 503 && data.length === 0;
