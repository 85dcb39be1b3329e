/**
 * The end of the stream, read once for all who listen there, from the first listener on until the last has left. Keeps the
 * latest events, so that a listener who has read what is past can be taken in without a gap.
 */
import { Inject, Injectable } from '@nestjs/common';
import { Bus, EventReader, type Place, type StoredEvent } from '@wscm/bus';
import type { Subjects } from '@wscm/contracts';
import type { Logger } from '@wscm/runtime';
import { LOGGER, SUBJECTS } from '../tokens';
import { ClientPaths } from './client-paths';
import { type FeedEvent, readFeed } from './feed-event';
import type { Listener } from './listener';

/** What is kept of the latest events. */
const KEPT_EVENTS = 2_000;
const KEPT_BYTES = 1_048_576;

@Injectable()
export class LiveEvents {
  /** Those that are here, and those that want to be. */
  private readonly interested = new Set<Listener>();
  private readonly listeners = new Set<Listener>();
  private reader: EventReader | undefined;
  private ended: Promise<void> = Promise.resolve();
  private place: Place = { created: null, seq: 0 };
  private latest: FeedEvent[] = [];
  private latestBytes = 0;
  /** Everything in the stream from here up to `place` is in `latest`. */
  private keptAfter = 0;

  constructor(
    private readonly bus: Bus,
    private readonly paths: ClientPaths,
    @Inject(SUBJECTS) private readonly subjects: Subjects,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  /**
   * Takes a listener in who has heard everything up to its place; resolves with false where what comes next is no longer
   * kept here, so that it has to be read from the stream first. `end`: that of the stream, lately.
   */
  async takeIn(listener: Listener, end: Place): Promise<boolean> {
    this.interest(listener, end);
    if (listener.filter.path !== undefined) await this.paths.resolve(this.latest);
    if (listener.left.aborted || !this.follows(listener.place)) return false;
    this.listeners.add(listener);
    listener.take(this.latest, this.place);
    return true;
  }

  /** Resolves when nothing is read any more. */
  async stop(): Promise<void> {
    this.interested.clear();
    this.listeners.clear();
    this.reader?.stop();
    this.reader = undefined;
    await this.ended;
  }

  private follows({ created, seq }: Place): boolean {
    return created === this.place.created && seq >= this.keptAfter;
  }

  private interest(listener: Listener, end: Place): void {
    if (this.interested.has(listener) || listener.left.aborted) return;
    this.interested.add(listener);
    listener.left.addEventListener('abort', () => this.forget(listener), { once: true });
    if (!this.reader) this.begin(end);
  }

  private forget(listener: Listener): void {
    this.listeners.delete(listener);
    this.interested.delete(listener);
    if (this.interested.size === 0) void this.stop();
  }

  private begin(end: Place): void {
    this.keepFrom(end);
    const reader: EventReader = new EventReader(this.bus, this.subjects, end, {
      onEvents: (events, place) => (reader === this.reader ? this.handOn(events, place) : undefined),
      onGap: (next, place) => {
        if (reader !== this.reader) return;
        this.keepFrom(place);
        for (const listener of this.listeners) listener.gap(next, place);
      },
      onError: (err) => this.log.warn({ event: 'live-events-interrupted', err }),
    });
    this.reader = reader;
    this.ended = Promise.all([this.ended, reader.follow()]).then(() => undefined);
  }

  private async handOn(stored: readonly StoredEvent[], place: Place): Promise<void> {
    const events = readFeed(stored, this.subjects);
    const wantPaths = [...this.interested].some(({ filter }) => filter.path !== undefined);
    if (wantPaths) await this.paths.resolve(events);
    this.keep(events, stored);
    this.place = place;
    for (const listener of this.listeners) listener.take(events, place);
  }

  private keepFrom(place: Place): void {
    this.place = place;
    this.latest = [];
    this.latestBytes = 0;
    this.keptAfter = place.seq;
  }

  private keep(events: readonly FeedEvent[], stored: readonly StoredEvent[]): void {
    this.latest.push(...events);
    for (const { payload } of stored) this.latestBytes += payload.length;
    if (this.latest.length <= KEPT_EVENTS && this.latestBytes <= KEPT_BYTES) return;
    // All but this batch at once: what one batch holds is bounded.
    const before = events[0] ? events[0].seq - 1 : this.place.seq;
    this.latest = [...events];
    this.latestBytes = stored.reduce((sum, { payload }) => sum + payload.length, 0);
    this.keptAfter = before;
  }
}
