/** Those who listen to the events by HTTP: each begins where it wants to, and goes on as long as it reads. */
import type { ServerResponse } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { Bus, EventReader, goOn, type Place, streamState } from '@wscm/bus';
import { type EventQuery, Problem, type Subjects } from '@wscm/contracts';
import type { Logger } from '@wscm/runtime';
import { Metrics } from '../metrics';
import type { Settings } from '../settings';
import { LOGGER, SETTINGS, SUBJECTS } from '../tokens';
import { ClientPaths } from './client-paths';
import { filterOf, readFeed } from './feed-event';
import { Listener } from './listener';
import { LiveEvents } from './live-events';

const KEEP_ALIVE_MS = 15_000;

type FeedSettings = Pick<Settings, 'MAX_EVENT_LISTENERS' | 'MAX_EVENT_LISTENER_BYTES'>;

@Injectable()
export class EventFeed {
  private readonly listeners = new Set<Listener>();
  private readonly served = new Set<Promise<void>>();
  /** Of answers that have begun and not closed yet. */
  private taken = 0;
  private stopped = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly bus: Bus,
    private readonly live: LiveEvents,
    private readonly paths: ClientPaths,
    private readonly metrics: Metrics,
    @Inject(SUBJECTS) private readonly subjects: Subjects,
    @Inject(SETTINGS) private readonly settings: FeedSettings,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  start(): void {
    this.timer = setInterval(() => {
      for (const listener of this.listeners) listener.keepAlive();
    }, KEEP_ALIVE_MS);
  }

  /** Ends every answer, and takes no more. Resolves when nothing is read any more. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    for (const listener of this.listeners) listener.end();
    await this.live.stop();
    await Promise.all(this.served);
  }

  /**
   * Answers with the events behind the one of this id, or from now on. `begin` writes the head of the answer. Throws the
   * problems `badRequest` and `unavailable` before that.
   */
  async open(
    query: EventQuery,
    lastEventId: string | undefined,
    out: ServerResponse,
    begin: () => void,
  ): Promise<void> {
    const after = readEventId(lastEventId);
    this.takeSlot(out);
    const stream = await streamState(this.bus, this.subjects).catch(() => {
      throw new Problem('unavailable', 'JetStream does not answer');
    });
    if (this.stopped) throw new Problem('unavailable', 'the registry ends');
    if (out.destroyed) return;
    const end: Place = { created: stream.created, seq: stream.lastSeq };
    const { place, gap } =
      after === undefined ? { place: end, gap: false } : goOn({ created: null, seq: after }, stream);
    begin();
    const listener = new Listener(
      out,
      filterOf(query),
      { created: null, seq: after ?? place.seq },
      {
        maxWaitingBytes: this.settings.MAX_EVENT_LISTENER_BYTES,
        onOverflow: () => this.metrics.eventListenersCutOff.inc(),
      },
    );
    listener.greet();
    if (gap) listener.gap(place.seq + 1, place);
    listener.place = place;
    this.serveToItsEnd(listener, end);
  }

  private takeSlot(out: ServerResponse): void {
    const { MAX_EVENT_LISTENERS } = this.settings;
    if (this.taken >= MAX_EVENT_LISTENERS)
      throw new Problem('unavailable', `${MAX_EVENT_LISTENERS} listen already, which is MAX_EVENT_LISTENERS`);
    if (out.closed) return;
    this.taken++;
    this.metrics.eventListeners.inc();
    out.once('close', () => {
      this.taken--;
      this.metrics.eventListeners.dec();
    });
  }

  private serveToItsEnd(listener: Listener, end: Place): void {
    this.listeners.add(listener);
    listener.left.addEventListener('abort', () => this.listeners.delete(listener), { once: true });
    const served = this.serve(listener, end)
      .catch((err: unknown) => {
        this.log.error({ event: 'listener-failed', err });
        listener.end();
      })
      .finally(() => this.served.delete(served));
    this.served.add(served);
  }

  /** One client's events come by a filter of NATS, all others from the one reader that listeners share. */
  private async serve(listener: Listener, end: Place): Promise<void> {
    const { replyId } = listener.filter;
    if (replyId !== undefined) {
      await this.readerFor(listener, this.subjects.eventsOf(replyId)).follow();
      return;
    }
    let latest = end;
    while (!listener.left.aborted && !(await this.live.takeIn(listener, latest))) {
      const reader = this.readerFor(listener);
      await reader.catchUp();
      latest = reader.place;
      listener.place = reader.place;
    }
  }

  private readerFor(listener: Listener, filter?: string): EventReader {
    const reader = new EventReader(this.bus, this.subjects, listener.place, {
      filter,
      onEvents: async (stored, place) => {
        const events = readFeed(stored, this.subjects);
        if (listener.filter.path !== undefined) await this.paths.resolve(events);
        await listener.takeAtItsPace(events, place);
      },
      onGap: (next, place) => listener.gap(next, place),
      onError: (err) => this.log.warn({ event: 'listener-interrupted', err }),
    });
    if (listener.left.aborted) reader.stop();
    listener.left.addEventListener('abort', () => reader.stop(), { once: true });
    return reader;
  }
}

/** A place in the stream; undefined for none. */
function readEventId(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  if (!/^\d{1,15}$/.test(text))
    throw new Problem('badRequest', `Last-Event-ID: ${JSON.stringify(text)} is no id of an event`);
  return Number(text);
}
