/** The WebSocket side: uWebSockets.js, its limits, and what happens on each of its callbacks. */
import { closeCodes, type Frame } from '@wscm/contracts';
import uWS, { type HttpRequest, type HttpResponse, type TemplatedApp, type us_listen_socket } from 'uWebSockets.js';
import type { Hub } from './hub';
import type { Metrics } from './metrics';
import type { Session, Socket, SocketData } from './session';
import { readConnectFacts, type TrustProxy } from './uplink/connect-facts';
import type { Reporter } from './uplink/reporter';

export interface SocketServerOptions {
  maxMessageBytes: number;
  idleTimeoutS: number;
  maxBackpressureBytes: number;
  trust: TrustProxy;
}

export interface SocketServerParts {
  hub: Hub;
  reporter: Reporter;
  metrics: Metrics;
  /** False when nothing more can be taken from clients: the events waiting for NATS are at their limit. */
  hasRoom: () => boolean;
  /** The epoch of the gateway's lease. */
  epoch: () => number;
}

/**
 * Past its own limit the library cuts the connection without a close frame, so ours must come first; what it buffers for
 * one socket must stay bounded, too.
 */
const LIBRARY_MARGIN_BYTES = 1_048_576;

export class SocketServer {
  private listenSocket: us_listen_socket | null = null;

  constructor(
    private readonly app: TemplatedApp,
    private readonly options: SocketServerOptions,
    private readonly parts: SocketServerParts,
  ) {
    app.ws<SocketData>('/*', {
      maxPayloadLength: options.maxMessageBytes + LIBRARY_MARGIN_BYTES,
      idleTimeout: options.idleTimeoutS,
      sendPingsAutomatically: true,
      maxBackpressure: options.maxBackpressureBytes,
      closeOnBackpressureLimit: 1,
      compression: uWS.DISABLED,
      upgrade: (response, request, context) => this.onUpgrade(response, request, context),
      open: (socket) => this.onOpen(socket),
      message: (socket, data, isBinary) => this.onMessage(socket, data, isBinary),
      dropped: (socket) => this.onDropped(socket),
      close: (socket, code, reason) => this.onClose(socket, code, reason),
    });
    app.any('/*', (response, request) => {
      response
        .writeStatus('426 Upgrade Required')
        .writeHeader('upgrade', 'websocket')
        .end(request.getMethod() === 'head' ? undefined : 'a WebSocket is spoken here\n');
    });
  }

  /** Listens together with other gateways on the same port. Resolves with the port; rejects where it can't be had. */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.app.listen(host, port, (listenSocket) => {
        if (!listenSocket) {
          reject(new Error(`can't listen on ${host}:${port}; set GATEWAY_PORT to another port`));
          return;
        }
        this.listenSocket = listenSocket;
        resolve(uWS.us_socket_local_port(listenSocket));
      });
    });
  }

  /** Takes no more connections; those open stay open. */
  stopListening(): void {
    if (this.listenSocket) uWS.us_listen_socket_close(this.listenSocket);
    this.listenSocket = null;
  }

  private onUpgrade(
    response: HttpResponse,
    request: HttpRequest,
    context: Parameters<HttpResponse['upgrade']>[4],
  ): void {
    if (!this.listenSocket || !this.parts.hasRoom()) {
      response.writeStatus('503 Service Unavailable').writeHeader('retry-after', '5').end('try again later\n');
      return;
    }
    response.upgrade<SocketData>(
      { facts: readConnectFacts(response, request, this.options.trust) },
      request.getHeader('sec-websocket-key'),
      firstOf(request.getHeader('sec-websocket-protocol')),
      request.getHeader('sec-websocket-extensions'),
      context,
    );
  }

  private onOpen(socket: Socket): void {
    const { hub, reporter, metrics, epoch } = this.parts;
    const session = hub.join(socket);
    const { replyId } = session;
    socket.send(JSON.stringify({ type: 'connected', replyId, clientId: replyId }));
    reporter.connected(session, epoch());
    metrics.connects.inc();
  }

  private onMessage(socket: Socket, data: ArrayBuffer, isBinary: boolean): void {
    const session = sessionOf(socket);
    if (session.closing) return;
    if (data.byteLength > this.options.maxMessageBytes) {
      this.parts.hub.close(session, closeCodes.tooBig);
      return;
    }
    if (!this.parts.hasRoom()) {
      this.parts.hub.close(session, closeCodes.tryAgainLater);
      return;
    }
    session.messagesFromClient++;
    this.parts.reporter.message(session, toFrame(data, isBinary));
    this.parts.metrics.messagesFromClients.inc();
  }

  private onDropped(socket: Socket): void {
    this.parts.hub.droppedBy(sessionOf(socket), closeCodes.slowReader);
  }

  private onClose(socket: Socket, code: number, reason: ArrayBuffer): void {
    const session = sessionOf(socket);
    const told = session.closing ?? { code, reason: Buffer.from(reason).toString() };
    this.parts.hub.leave(session);
    this.parts.reporter.disconnected(session, told.code, told.reason);
    this.parts.metrics.disconnects.inc({ code: codeLabel(told.code) });
  }
}

/** Clients may choose any code from 3000 on; a metric has room for few. */
const codeLabel = (code: number): string =>
  code < 3000 || code === closeCodes.slowReader.code || code === closeCodes.operator.code ? String(code) : 'other';

/** The library's buffer is only valid inside the callback, so it is copied. */
const toFrame = (data: ArrayBuffer, isBinary: boolean): Frame => ({
  type: isBinary ? 'binary' : 'text',
  data: Buffer.from(new Uint8Array(data)),
});

/** Browsers end a connection where none of the subprotocols they offer is taken; any is as good to a plain socket. */
const firstOf = (protocols: string): string => protocols.split(',')[0]?.trim() ?? '';

function sessionOf(socket: Socket): Session {
  const { session } = socket.getUserData();
  if (!session) throw new Error('a socket without session');
  return session;
}
