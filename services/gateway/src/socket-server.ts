/** The WebSocket side: uWebSockets.js, its limits, and what happens on each of its callbacks. */
import { closeCodes, type Frame } from '@wscm/contracts';
import uWS, { type HttpRequest, type HttpResponse, type TemplatedApp, type us_listen_socket } from 'uWebSockets.js';
import type { Logger } from '@wscm/runtime';
import type { Hub } from './hub';
import { codeLabel, type Metrics } from './metrics';
import type { TrustProxy } from './edge/addresses';
import { Deadlines, secondOf } from './edge/deadlines';
import type { Doorkeeper } from './edge/doorkeeper';
import { answerTo, type Identity, isRefusal, type Refusal, type RefusalReason } from './edge/identity';
import type { MessageLimits } from './edge/message-limits';
import { readSubprotocols } from './edge/subprotocols';
import { readUpgradeRequest, type UpgradeRequest } from './edge/upgrade-request';
import type { CloseReason, Session, Socket, SocketData } from './session';
import { connectFacts } from './uplink/connect-facts';
import type { Reporter } from './uplink/reporter';

export interface SocketServerOptions {
  maxMessageBytes: number;
  idleTimeoutS: number;
  maxBackpressureBytes: number;
  trust: TrustProxy;
  /** The query's parameter that may carry a token. */
  tokenParameter: string;
  /** A client that has said nothing for so long is closed; 0: never. */
  firstMessageTimeoutS: number;
}

export interface SocketServerParts {
  hub: Hub;
  reporter: Reporter;
  metrics: Metrics;
  log: Logger;
  doorkeeper: Doorkeeper;
  messageLimits: MessageLimits;
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

/** How the library deals with what comes over the wire. */
export const wireLimits = (
  options: Pick<SocketServerOptions, 'maxMessageBytes' | 'idleTimeoutS' | 'maxBackpressureBytes'>,
) => ({
  maxPayloadLength: options.maxMessageBytes + LIBRARY_MARGIN_BYTES,
  idleTimeout: options.idleTimeoutS,
  sendPingsAutomatically: true,
  maxBackpressure: options.maxBackpressureBytes,
  closeOnBackpressureLimit: 1,
  compression: uWS.DISABLED,
});

const nothingSaid: CloseReason = { code: closeCodes.policy.code, reason: 'nothing was said in time' };

type UpgradeContext = Parameters<HttpResponse['upgrade']>[4];

export class SocketServer {
  private listenSocket: us_listen_socket | null = null;
  private readonly expiries = new Deadlines<Session>((session) =>
    this.parts.hub.close(session, closeCodes.tokenExpired),
  );
  private readonly silences = new Deadlines<Session>((session) => this.parts.hub.close(session, nothingSaid));

  private address: { host: string; port: number } | undefined;
  /** While an answer that was waited for goes out: what takes in the socket that it opened. */
  private late: { takeIn: (() => void) | undefined } | undefined;

  constructor(
    private readonly app: TemplatedApp,
    private readonly options: SocketServerOptions,
    private readonly parts: SocketServerParts,
  ) {
    this.addRoutes(app);
  }

  private addRoutes(app: TemplatedApp): void {
    app.ws<SocketData>('/*', {
      ...wireLimits(this.options),
      upgrade: (response, request, context) => this.onUpgrade(response, request, context),
      open: (socket) => this.onOpen(app, socket),
      message: (socket, data, isBinary) => this.onMessage(socket, data, isBinary),
      // Where nothing is limited, the library answers pings by itself, and faster.
      ...(this.parts.messageLimits.any && {
        ping: (socket, data) => this.isWithinLimits(sessionOf(socket), data.byteLength),
        pong: (socket, data) => this.isWithinLimits(sessionOf(socket), data.byteLength),
      }),
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

  /** Listens together with other gateways on the same port. Gives the port; throws where it can't be had. */
  listen(host: string, port: number): number {
    this.listenSocket = listenOn(this.app, host, port);
    this.address = { host, port: uWS.us_socket_local_port(this.listenSocket) };
    return this.address.port;
  }

  /** Another app takes the connections to come; those open stay where they are. Throws where it can't listen. */
  moveTo(app: TemplatedApp): void {
    if (!this.listenSocket || !this.address) return;
    this.addRoutes(app);
    const next = listenOn(app, this.address.host, this.address.port);
    uWS.us_listen_socket_close(this.listenSocket);
    this.listenSocket = next;
  }

  /** Takes no more connections; those open stay open. */
  stopListening(): void {
    if (this.listenSocket) uWS.us_listen_socket_close(this.listenSocket);
    this.listenSocket = null;
  }

  /** Answered at once where nothing has to be waited for. */
  private onUpgrade(response: HttpResponse, request: HttpRequest, context: UpgradeContext): void {
    const asked = readUpgradeRequest(response, request, this.options.trust);
    const verdict = this.parts.doorkeeper.admit(asked);
    if (!(verdict instanceof Promise)) {
      this.answer(response, asked, verdict, context);
      return;
    }
    let aborted = false;
    response.onAborted(() => (aborted = true));
    void verdict.then((verdict) => {
      if (!aborted) this.answerLate(response, asked, verdict, context);
    });
  }

  /**
   * `cork` of the pinned library takes a WebSocket that was upgraded in it for the HTTP response that it was, and may close
   * it by what is found where that kept its state: https://github.com/uNetworking/uWebSockets/pull/1929. What it left there
   * says "open" (the doorkeeper refuses those that ask for `close`); so that nothing else gets there meanwhile, the socket
   * is taken in afterwards only.
   */
  private answerLate(
    response: HttpResponse,
    asked: UpgradeRequest,
    verdict: Identity | Refusal,
    context: UpgradeContext,
  ): void {
    const late: NonNullable<typeof this.late> = (this.late = { takeIn: undefined });
    response.cork(() => this.answer(response, asked, verdict, context));
    this.late = undefined;
    late.takeIn?.();
  }

  private answer(
    response: HttpResponse,
    asked: UpgradeRequest,
    verdict: Identity | Refusal,
    context: UpgradeContext,
  ): void {
    if (isRefusal(verdict)) this.refuse(response, asked, verdict.refused);
    else if (!this.listenSocket || !this.parts.hasRoom()) this.refuse(response, asked, 'no-room');
    else {
      const full = this.parts.doorkeeper.limits.full(asked.remoteAddress);
      if (full) this.refuse(response, asked, full);
      else this.upgrade(response, asked, verdict, context);
    }
  }

  private refuse(response: HttpResponse, { remoteAddress }: UpgradeRequest, reason: RefusalReason): void {
    const { status, text } = answerTo[reason];
    this.parts.metrics.refusals.inc({ reason });
    this.parts.log.debug({ event: 'client-refused', reason, remoteAddress });
    response.writeStatus(status);
    if (status.startsWith('401')) response.writeHeader('www-authenticate', this.parts.doorkeeper.challenge);
    if (status.startsWith('503') || status.startsWith('429')) response.writeHeader('retry-after', '5');
    response.end(text, true);
  }

  private upgrade(response: HttpResponse, asked: UpgradeRequest, identity: Identity, context: UpgradeContext): void {
    const { headers } = asked;
    const { expiresAt } = identity;
    const { tokenParameter, firstMessageTimeoutS } = this.options;
    response.upgrade<SocketData>(
      {
        arrival: {
          facts: JSON.stringify(connectFacts(asked, identity, tokenParameter)),
          remoteAddress: asked.remoteAddress,
          expiresAt: expiresAt === Infinity ? 0 : secondOf(expiresAt),
          speakBy: firstMessageTimeoutS && secondOf(Date.now() + firstMessageTimeoutS * 1_000),
          allowance: this.parts.messageLimits.allowance(asked.remoteAddress),
        },
        session: null,
      },
      headers['sec-websocket-key'] ?? '',
      readSubprotocols(headers['sec-websocket-protocol']).chosen,
      headers['sec-websocket-extensions'] ?? '',
      context,
    );
  }

  private onOpen(app: TemplatedApp, socket: Socket): void {
    if (this.late) this.late.takeIn = () => socket.cork(() => this.takeIn(app, socket));
    else this.takeIn(app, socket);
  }

  private takeIn(app: TemplatedApp, socket: Socket): void {
    const { hub, reporter, log, epoch } = this.parts;
    const data = socket.getUserData();
    const { arrival } = data;
    if (!arrival) throw new Error('a socket that nobody let in');
    const session = (data.session = hub.join(app, socket, arrival));
    data.arrival = null; // Not needed any more, and larger than all the rest.
    const { replyId, remoteAddress } = session;
    socket.send(JSON.stringify({ type: 'connected', replyId, clientId: replyId }));
    reporter.connected(session, epoch());
    log.debug({ event: 'client-connected', replyId, remoteAddress });
    this.parts.doorkeeper.limits.opened(remoteAddress);
    if (session.expiresAt > 0) this.expiries.add(session, session.expiresAt);
    if (session.speakBy > 0) this.silences.add(session, session.speakBy);
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
    if (!this.isWithinLimits(session, data.byteLength)) return;
    if (session.speakBy > 0) {
      this.silences.delete(session, session.speakBy);
      session.speakBy = 0;
    }
    this.parts.hub.heard(session, data.byteLength);
    this.parts.reporter.message(session, toFrame(data, isBinary));
  }

  /** Closes a client that says more than it may, in messages, pings and pongs together. */
  private isWithinLimits(session: Session, size: number): boolean {
    if (!session.allowance || session.closing) return !session.closing;
    const excess = this.parts.messageLimits.excess(session.allowance, size, session.remoteAddress);
    if (excess) this.parts.hub.close(session, excess);
    return !excess;
  }

  private onDropped(socket: Socket): void {
    this.parts.hub.droppedBy(sessionOf(socket), closeCodes.slowReader);
  }

  private onClose(socket: Socket, code: number, reason: ArrayBuffer): void {
    if (this.late?.takeIn && !socket.getUserData().session) {
      this.late.takeIn = undefined;
      return;
    }
    const session = sessionOf(socket);
    const told = session.closing ?? { code, reason: Buffer.from(reason).toString() };
    this.parts.hub.leave(session);
    this.parts.doorkeeper.limits.closed(session.remoteAddress);
    if (session.expiresAt > 0) this.expiries.delete(session, session.expiresAt);
    if (session.speakBy > 0) this.silences.delete(session, session.speakBy);
    this.parts.reporter.disconnected(session, told.code, told.reason);
    this.parts.metrics.disconnects.inc({ code: codeLabel(told.code) });
    this.parts.log.debug({ event: 'client-disconnected', replyId: session.replyId, ...told });
  }
}

/** The library tells at once whether it listens. */
function listenOn(app: TemplatedApp, host: string, port: number): us_listen_socket {
  const heard: (us_listen_socket | false)[] = [];
  app.listen(host, port, (socket) => {
    heard.push(socket);
  });
  const [listening] = heard;
  if (listening) return listening;
  throw new Error(`can't listen on ${host}:${port}; set GATEWAY_PORT to another port`);
}

/** The library's buffer is only valid inside the callback, so it is copied. */
const toFrame = (data: ArrayBuffer, isBinary: boolean): Frame => ({
  type: isBinary ? 'binary' : 'text',
  data: Buffer.from(new Uint8Array(data)),
});

function sessionOf(socket: Socket): Session {
  const { session } = socket.getUserData();
  if (!session) throw new Error('a socket without session');
  return session;
}
