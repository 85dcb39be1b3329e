/** A client on a bare TCP socket, for what no WebSocket library would do. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { eventually } from '@wscm/testing';

const HANDSHAKE = [
  'host: 127.0.0.1',
  'connection: Upgrade',
  'upgrade: websocket',
  'sec-websocket-version: 13',
  'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==',
];

export class RawClient {
  /** All bytes that have come. */
  received = Buffer.alloc(0);
  closed = false;

  private constructor(readonly socket: Socket) {
    socket.on('data', (data) => (this.received = Buffer.concat([this.received, data])));
    socket.on('close', () => (this.closed = true));
    socket.on('error', () => undefined);
  }

  static async connect(port: number): Promise<RawClient> {
    const client = new RawClient(connect(port, '127.0.0.1'));
    await once(client.socket, 'connect');
    return client;
  }

  /** The bytes as text. */
  get text(): string {
    return this.received.toString('latin1');
  }

  get replyId(): string {
    const replyId = /"replyId":"([^"]+)"/.exec(this.text)?.[1];
    if (!replyId) throw new Error(`no greeting has come, but: ${this.text}`);
    return replyId;
  }

  /** Asks for a WebSocket, with more header lines; resolves with the replyId. */
  async upgrade(target = '/', headers: string[] = []): Promise<string> {
    this.ask(target, headers);
    return eventually(() => this.replyId);
  }

  /** Asks for a WebSocket and waits for nothing. */
  ask(target = '/', headers: string[] = []): void {
    this.socket.write([`GET ${target} HTTP/1.1`, ...HANDSHAKE, ...headers, '', ''].join('\r\n'));
  }

  /** Waits until this text has come. */
  async untilText(text: string): Promise<string> {
    return eventually(() => {
      if (!this.text.includes(text)) throw new Error(`${text} has not come, but: ${this.text}`);
      return this.text;
    });
  }

  async untilClosed(deadlineMs?: number): Promise<void> {
    await eventually(() => {
      if (!this.closed) throw new Error('the connection is still open');
    }, deadlineMs);
  }

  /** Reads no more, so that what is sent to it piles up. */
  stopReading(): void {
    this.socket.pause();
  }

  readOn(): void {
    this.socket.resume();
  }

  /** A client's frame, masked with zeros: the payload goes as it is. */
  sendFrame(opcode: number, payload: Uint8Array): void {
    if (payload.length > 125) throw new RangeError('short frames only');
    this.socket.write(Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | payload.length, 0, 0, 0, 0]), payload]));
  }

  cut(): void {
    this.socket.destroy();
  }
}
