/** A WebSocket client that remembers everything it is told. */
import { once } from 'node:events';
import WebSocket, { type ClientOptions } from 'ws';
import { eventually } from './eventually';

export interface Received {
  type: 'text' | 'binary';
  data: Buffer;
}

export interface Closed {
  code: number;
  reason: string;
}

export class TestClient {
  /** All frames after the greeting, in order. */
  readonly received: Received[] = [];
  closed: Closed | undefined;
  private greeting: { type: string; replyId: string; clientId: string } | undefined;

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data, isBinary) => this.onFrame(data as Buffer, isBinary));
    socket.on('close', (code, reason) => (this.closed = { code, reason: reason.toString() }));
    socket.on('error', () => undefined);
  }

  /** Resolves after the greeting; rejects where the upgrade is refused. */
  static async connect(url: string, options: ClientOptions & { protocols?: string[] } = {}): Promise<TestClient> {
    const { protocols, ...rest } = options;
    const client = new TestClient(new WebSocket(url, protocols ?? [], rest));
    await once(client.socket, 'open');
    await client.untilGreeted();
    return client;
  }

  get replyId(): string {
    if (!this.greeting) throw new Error('not greeted yet');
    return this.greeting.replyId;
  }

  /** The frames as text. */
  get texts(): string[] {
    return this.received.map(({ data }) => data.toString());
  }

  send(message: string | Uint8Array): void {
    this.socket.send(message);
  }

  /** Waits until so many frames have come after the greeting. */
  async untilReceived(count: number): Promise<readonly Received[]> {
    return eventually(() => {
      if (this.received.length < count) throw new Error(`${this.received.length} of ${count} frames have come`);
      return this.received;
    });
  }

  async untilClosed(): Promise<Closed> {
    return eventually(() => {
      if (!this.closed) throw new Error('the socket is still open');
      return this.closed;
    });
  }

  /** Closes in order, and waits for it. */
  async close(code?: number, reason?: string): Promise<void> {
    this.socket.close(code, reason);
    await this.untilClosed();
  }

  /** Cuts the connection without a close frame. */
  cut(): void {
    this.socket.terminate();
  }

  private async untilGreeted(): Promise<void> {
    await eventually(() => {
      if (!this.greeting) throw new Error('no greeting has come');
    });
  }

  private onFrame(data: Buffer, isBinary: boolean): void {
    if (!this.greeting) this.greeting = JSON.parse(data.toString()) as typeof this.greeting;
    else this.received.push({ type: isBinary ? 'binary' : 'text', data });
  }
}
