/** A WebSocket client that writes down what it sends, receives, and how it ends. */
import { once } from 'node:events';
import WebSocket from 'ws';
import { type ClientHistory, type Said, toBytes, toSaid } from './history';

/** A gateway that is frozen accepts connections and answers nothing. */
const HANDSHAKE_MS = 4_000;

export class TortureClient {
  private constructor(
    private readonly socket: WebSocket,
    readonly history: ClientHistory,
  ) {}

  /** Resolves after the greeting. Rejects where it is refused, or not greeted in time. */
  static async connect(url: string): Promise<TortureClient> {
    const socket = new WebSocket(url, { handshakeTimeout: HANDSHAKE_MS });
    const history: ClientHistory = {
      ...{ replyId: '', gatewayId: '', openedAt: 0, sent: [], received: [], askedCode: null, slow: false, end: null },
    };
    // From the first frame on: others may come together with the greeting.
    socket.on('message', (data, isBinary) => {
      if (history.replyId === '') greet(history, data as Buffer);
      else history.received.push(toSaid(data as Buffer, isBinary));
    });
    socket.on('close', (code, reason) => {
      history.end = { at: performance.now(), code, reason: reason.toString() };
    });
    socket.on('error', () => undefined);
    try {
      await once(socket, 'message', { signal: AbortSignal.timeout(2 * HANDSHAKE_MS) });
      return new TortureClient(socket, history);
    } catch (error) {
      socket.terminate();
      throw error;
    }
  }

  get open(): boolean {
    return this.socket.readyState === WebSocket.OPEN;
  }

  say(said: Said): void {
    if (!this.open) return;
    this.history.sent.push(said);
    this.socket.send(toBytes(said), { binary: said.type === 'binary' });
  }

  /** Closes in order. */
  close(code: number, reason: string): void {
    if (!this.open) return;
    this.history.askedCode = code;
    this.socket.close(code, reason);
  }

  /** Cuts the connection without a close frame. */
  cut(): void {
    this.socket.terminate();
  }

  /** Reads nothing until it reads again. */
  stopReading(): void {
    this.history.slow = true;
    this.socket.pause();
  }

  /** Reads on, so that it sees how it ends. */
  readAgain(): void {
    this.socket.resume();
  }
}

function greet(history: ClientHistory, greeting: Buffer): void {
  const { replyId } = JSON.parse(greeting.toString()) as { replyId: string };
  history.replyId = replyId;
  history.gatewayId = replyId.split('.')[0] ?? '';
  history.openedAt = performance.now();
}
