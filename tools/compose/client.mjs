// A WebSocket client that remembers what it was sent.
import { clearTimeout, setTimeout } from 'node:timers';
import WebSocket from 'ws';

const GREETING_TIMEOUT_MS = 10_000;

export class Client {
  /** What every client sends along, e.g. to prove who it is. */
  static headers = {};

  /** Messages after the greeting, in order. */
  received = [];
  /** What it should have been sent so far. */
  expected = [];
  /** The close code, once it is closed. */
  closed = undefined;

  /** Resolves when the client has its replyId; rejects where it is refused. */
  static connect(url, headers = {}) {
    const socket = new WebSocket(url, { headers: { ...Client.headers, ...headers } });
    const timer = setTimeout(() => socket.terminate(), GREETING_TIMEOUT_MS);
    return new Promise((resolve, reject) => {
      socket.once('error', reject).once('close', (code) => reject(new Error(`closed with ${code} before a greeting`)));
      socket.once('message', (greeting) => resolve(new Client(socket, JSON.parse(greeting.toString()))));
    }).finally(() => clearTimeout(timer));
  }

  static connectAll(url, count) {
    return Promise.all(Array.from({ length: count }, (_, index) => Client.connect(`${url}/client/${index}`)));
  }

  /** How many gateways answer so many clients that connect one after the other. */
  static async gatewaysReached(url, clients) {
    const probes = [];
    try {
      while (probes.length < clients) probes.push(await Client.connect(url));
    } finally {
      for (const probe of probes) probe.close();
    }
    return new Set(probes.map(({ gatewayId }) => gatewayId)).size;
  }

  constructor(socket, { replyId }) {
    this.replyId = replyId;
    this.gatewayId = replyId.split('.')[0];
    this.socket = socket;
    socket.removeAllListeners().on('error', () => undefined);
    socket.on('message', (message) => this.received.push(message.toString()));
    socket.on('close', (code) => (this.closed = code));
  }

  get hasReceivedAll() {
    return this.received.length >= this.expected.length;
  }

  send(message) {
    this.socket.send(message);
  }

  close() {
    this.socket.close();
  }
}
