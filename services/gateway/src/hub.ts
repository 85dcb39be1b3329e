/** This gateway's sockets, and the counters over all that it sends. */
import { formatReplyId, type Frame, newGatewayId, newSocketId, type Traffic } from '@wscm/contracts';
import type { TemplatedApp } from 'uWebSockets.js';
import type { Arrival, CloseReason, Session, Socket } from './session';

/** Every open socket is subscribed to it. */
const TOPIC = 'all';

/** So many sockets that have closed are remembered, to answer "gone" where the registry has not stored it yet. */
const REMEMBERED = 20_000;

/** What became of a message handed to one socket. */
export type Handed = 'delivered' | 'buffered' | 'dropped';

type Publisher = Pick<TemplatedApp, 'publish' | 'numSubscribers'>;

export class Hub {
  readonly gatewayId: string;
  /** By replyId, as those that have closed. */
  private readonly members = new Map<string, Session>();
  private readonly closed = new Set<string>();
  /** Counts everything sent, direct or broadcast. */
  private sent = 0;
  private broadcastCount = 0;
  private slowReaders = 0;
  /** Of the messages since the start. */
  readonly bytes = { received: 0, sent: 0 };
  private readonly counts: Traffic = { connects: 0, disconnects: 0, messagesFromClients: 0, messagesToClients: 0 };

  /** Each has sockets of its own. */
  private apps: Publisher[] = [];

  /** `name`: see `newGatewayId`. */
  constructor(name?: string) {
    this.gatewayId = newGatewayId(name);
  }

  get size(): number {
    return this.members.size;
  }

  /** The number of the last message sent to whomever. */
  get order(): number {
    return this.sent;
  }

  /** The number of the last broadcast. */
  get broadcasts(): number {
    return this.broadcastCount;
  }

  /** What went through since the start. */
  get traffic(): Readonly<Traffic> {
    return this.counts;
  }

  sessions(): Iterable<Session> {
    return [...this.members.values()];
  }

  /** Takes a socket of this app in, under a new id. */
  join(app: Publisher, socket: Socket, { facts, remoteAddress, expiresAt, speakBy, allowance }: Arrival): Session {
    const session: Session = {
      replyId: this.replyIdOf(newSocketId()),
      socket,
      facts,
      connectOrder: this.sent,
      remoteAddress,
      broadcastsBefore: this.broadcastCount,
      messagesFromClient: 0,
      sends: 0,
      closing: null,
      expiresAt,
      speakBy,
      allowance,
    };
    this.members.set(session.replyId, session);
    if (!this.apps.includes(app)) this.addApp(app);
    socket.subscribe(TOPIC);
    this.counts.connects++;
    return session;
  }

  /** Forgets a socket that has closed. */
  leave({ replyId }: Session): void {
    this.members.delete(replyId);
    this.closed.add(replyId);
    this.counts.disconnects++;
    if (this.closed.size > REMEMBERED) this.forgetOldest();
  }

  /** The session of an open socket; else whether it has been one lately. */
  find(socketId: string): Session | 'gone' | 'unknown' {
    const replyId = this.replyIdOf(socketId);
    const session = this.members.get(replyId);
    if (session) return session.closing ? 'gone' : session;
    return this.closed.has(replyId) ? 'gone' : 'unknown';
  }

  /** Counts a message of this client. */
  heard(session: Session, bytes: number): void {
    this.bytes.received += bytes;
    session.messagesFromClient++;
    this.counts.messagesFromClients++;
  }

  /** How many messages this client was sent, broadcasts counted. */
  messagesTo(session: Session): number {
    return session.sends + this.broadcastCount - session.broadcastsBefore;
  }

  send(session: Session, frame: Frame): Handed {
    const status = this.open(session).socket.send(frame.data, frame.type === 'binary');
    if (status === 2) return 'dropped';
    this.sent++;
    session.sends++;
    this.counts.messagesToClients++;
    this.bytes.sent += frame.data.length;
    return status === 1 ? 'delivered' : 'buffered';
  }

  /**
   * Hands a message to every socket. Resolves, when each has taken or dropped it, with the numbers of both. A socket that
   * drops is closed by its backpressure limit, so the clients that stay have seen every broadcast since their connect.
   */
  async broadcast(frame: Frame): Promise<{ delivered: number; dropped: number }> {
    const sockets = this.apps.reduce((sum, app) => sum + app.numSubscribers(TOPIC), 0);
    const slowBefore = this.slowReaders;
    this.sent++;
    this.broadcastCount++;
    for (const app of this.apps) app.publish(TOPIC, frame.data, frame.type === 'binary');
    await endOfTick();
    const dropped = Math.min(this.slowReaders - slowBefore, sockets);
    this.counts.messagesToClients += sockets - dropped;
    this.bytes.sent += (sockets - dropped) * frame.data.length;
    return { delivered: sockets - dropped, dropped };
  }

  /** Closes a socket in order, with a close frame; does nothing where it has closed already. */
  close(session: Session, why: CloseReason): void {
    if (!this.members.has(session.replyId) || session.closing) return;
    session.closing = why;
    session.socket.end(why.code, why.reason);
  }

  /** A message was dropped at the backpressure limit, and the socket library closes the socket. */
  droppedBy(session: Session, why: CloseReason): void {
    if (session.closing) return;
    session.closing = why;
    this.slowReaders++;
  }

  /** One without sockets comes back with its next one: also after another took its place, handshakes may be under way. */
  private addApp(app: Publisher): void {
    this.apps = [...this.apps.filter((each) => each.numSubscribers(TOPIC) > 0), app];
  }

  private forgetOldest(): void {
    const [oldest] = this.closed;
    if (oldest !== undefined) this.closed.delete(oldest);
  }

  private replyIdOf(socketId: string): string {
    return formatReplyId({ gatewayId: this.gatewayId, socketId });
  }

  private open(session: Session): Session {
    if (this.members.has(session.replyId)) return session;
    throw new Error(`socket ${session.replyId} is not open`);
  }
}

/** Published messages reach the sockets at the latest at the end of the event loop's turn. */
const endOfTick = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
