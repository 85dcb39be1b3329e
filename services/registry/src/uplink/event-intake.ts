/** A batch of stored events into documents: decoded, folded per client, written; what can't be stored is set aside. */
import { setTimeout } from 'node:timers/promises';
import type { StoredEvent } from '@wscm/bus';
import {
  type BroadcastEvent,
  type ClientEvent,
  decodeEvent,
  MalformedEventError,
  type Subjects,
} from '@wscm/contracts';
import type { Logger } from '@wscm/runtime';
import { allDone } from '../store/all-done';
import { type ClientFacts, factsOf, join } from '../store/client-facts';
import type { ClientWriter } from '../store/client-writer';
import { isUnavailable, isUnstorable } from '../store/mongo-errors';
import type { DeadLetters } from './dead-letters';
import { inBatchSpan } from './traced-batch';
import type { UplinkMetrics } from './uplink-metrics';

interface Decoded<E> {
  event: E;
  stored: StoredEvent;
}

interface Batch {
  ofClients: Decoded<ClientEvent>[];
  broadcasts: Decoded<BroadcastEvent>[];
  malformed: { stored: StoredEvent; reason: string }[];
}

/** Writes what several events say. Writing it again does no harm. */
type Write<E> = (events: readonly Decoded<E>[]) => Promise<unknown>;

/** Between the tries of an event that fails alone. Together far less than the time after which JetStream hands it on. */
const PAUSES_MS = [100, 200, 400, 800];

export class EventIntake {
  /** Events dealt with since the start. */
  taken = 0;

  constructor(
    private readonly writer: ClientWriter,
    private readonly deadLetters: DeadLetters,
    private readonly subjects: Subjects,
    private readonly metrics: UplinkMetrics,
    private readonly log: Logger,
  ) {}

  /**
   * Resolves when every event is in effect or set aside; rejects where MongoDB or NATS is away, and may come again. An
   * event that fails for another reason, each time it is tried, is set aside; it keeps no other one from being stored.
   */
  take(events: readonly StoredEvent[]): Promise<void> {
    return inBatchSpan(events, () => this.takeAll(events));
  }

  private async takeAll(events: readonly StoredEvent[]): Promise<void> {
    const began = performance.now();
    const batch = this.decode(events);
    await allDone([
      this.store(batch.ofClients, (some) => this.writer.write(fold(some))),
      this.store(batch.broadcasts, (some) => this.writer.writeBroadcasts(latestOfEach(some))),
      ...batch.malformed.map(({ stored, reason }) => this.setAside(stored, reason)),
    ]);
    this.taken += events.length;
    this.metrics.eventsStored.inc(events.length);
    this.metrics.batchSize.observe(events.length);
    this.metrics.batchSeconds.observe((performance.now() - began) / 1000);
    for (const { event } of [...batch.ofClients, ...batch.broadcasts]) this.metrics.eventAge.observe(ageS(event.time));
  }

  private decode(events: readonly StoredEvent[]): Batch {
    const batch: Batch = { ofClients: [], broadcasts: [], malformed: [] };
    for (const stored of events) {
      try {
        const event = decodeEvent(stored, this.subjects);
        if (event.kind === 'broadcast') batch.broadcasts.push({ event, stored });
        else batch.ofClients.push({ event, stored });
      } catch (error) {
        // Whatever it is, it would be the same the next time.
        batch.malformed.push({ stored, reason: error instanceof MalformedEventError ? error.message : String(error) });
      }
    }
    return batch;
  }

  /** All in one write; where it fails, in halves, down to the events that are the reason. */
  private async store<E>(events: readonly Decoded<E>[], write: Write<E>): Promise<void> {
    const [first] = events;
    if (!first) return;
    try {
      await write(events);
    } catch (error) {
      if (isUnavailable(error)) throw error;
      const middle = Math.ceil(events.length / 2);
      const halves = [events.slice(0, middle), events.slice(middle)];
      if (events.length === 1) await this.storeAlone(first, write, error);
      else await allDone(halves.map((half) => this.store(half, write)));
    }
  }

  /** Tries a few times more an event that has failed alone, and then sets it aside. */
  private async storeAlone<E>(one: Decoded<E>, write: Write<E>, failure: unknown): Promise<void> {
    let last = failure;
    for (const pause of PAUSES_MS) {
      if (isUnstorable(last)) break;
      await setTimeout(pause);
      try {
        await write([one]);
        return;
      } catch (error) {
        if (isUnavailable(error)) throw error;
        last = error;
      }
    }
    await this.setAside(one.stored, String(last));
  }

  private async setAside(stored: StoredEvent, reason: string): Promise<void> {
    const isNew = await this.deadLetters.setAside(stored, reason);
    if (!isNew) return;
    this.metrics.deadLetters.inc();
    const { subject, streamSeq } = stored;
    this.log.error({ event: 'dead-letter', replyId: this.subjects.replyIdOf(subject), subject, streamSeq, reason });
  }
}

/** Seconds since then; none where the clock of a gateway is ahead. */
const ageS = (time: string): number => Math.max(0, (Date.now() - Date.parse(time)) / 1000);

/** What the events say of each client, taken together. */
function fold(events: readonly Decoded<ClientEvent>[]): ClientFacts[] {
  const byClient = new Map<string, ClientFacts>();
  for (const { event, stored } of events) {
    const facts = factsOf(event, stored.streamSeq);
    const before = byClient.get(event.replyId);
    byClient.set(event.replyId, before ? join(before, facts) : facts);
  }
  return [...byClient.values()];
}

/** Of each gateway, its broadcast of the greatest number: no other is kept anyway. */
function latestOfEach(broadcasts: readonly Decoded<BroadcastEvent>[]): BroadcastEvent[] {
  const byGateway = new Map<string, BroadcastEvent>();
  for (const { event } of broadcasts) {
    const before = byGateway.get(event.gatewayId);
    if (!before || before.seq < event.seq) byGateway.set(event.gatewayId, event);
  }
  return [...byGateway.values()];
}
