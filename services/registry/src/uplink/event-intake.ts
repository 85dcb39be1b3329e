/** A batch of stored events into documents: decoded, folded per client, written; what can't be stored is set aside. */
import { Inject, Injectable } from '@nestjs/common';
import type { StoredEvent } from '@wscm/bus';
import {
  type BroadcastEvent,
  type ClientEvent,
  decodeEvent,
  MalformedEventError,
  type Subjects,
} from '@wscm/contracts';
import type { Logger } from '@wscm/runtime';
import { type ClientFacts, factsOf, join } from '../store/client-facts';
import { ClientWriter } from '../store/client-writer';
import { isUnstorable } from '../store/mongo-errors';
import { Metrics } from '../metrics';
import { LOGGER, SUBJECTS } from '../tokens';
import { DeadLetters } from './dead-letters';

interface Decoded<E> {
  event: E;
  stored: StoredEvent;
}

interface Batch {
  ofClients: Decoded<ClientEvent>[];
  broadcasts: Decoded<BroadcastEvent>[];
  malformed: { stored: StoredEvent; reason: string }[];
}

@Injectable()
export class EventIntake {
  constructor(
    private readonly writer: ClientWriter,
    private readonly deadLetters: DeadLetters,
    @Inject(SUBJECTS) private readonly subjects: Subjects,
    private readonly metrics: Metrics,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  /** Resolves when every event is in effect or set aside; rejects where MongoDB or NATS is away, and may come again. */
  async take(events: readonly StoredEvent[]): Promise<void> {
    const batch = this.decode(events);
    await Promise.all([
      this.write(batch.ofClients),
      ...latestOfEach(batch.broadcasts).map((broadcast) => this.writeBroadcast(broadcast)),
      ...batch.malformed.map(({ stored, reason }) => this.setAside(stored, reason)),
    ]);
    this.metrics.eventsStored.inc(events.length);
    this.metrics.batchSize.observe(events.length);
  }

  private decode(events: readonly StoredEvent[]): Batch {
    const batch: Batch = { ofClients: [], broadcasts: [], malformed: [] };
    for (const stored of events) {
      try {
        const event = decodeEvent(stored, this.subjects);
        if (event.kind === 'broadcast') batch.broadcasts.push({ event, stored });
        else batch.ofClients.push({ event, stored });
      } catch (error) {
        if (!(error instanceof MalformedEventError)) throw error;
        batch.malformed.push({ stored, reason: error.message });
      }
    }
    return batch;
  }

  private async write(events: Decoded<ClientEvent>[]): Promise<void> {
    try {
      await this.writer.write(fold(events));
    } catch (error) {
      if (!isUnstorable(error)) throw error;
      for (const each of events) await this.writeAlone(each);
    }
  }

  private async writeAlone({ event, stored }: Decoded<ClientEvent>): Promise<void> {
    await this.orSetAside(stored, () => this.writer.write([factsOf(event, stored.streamSeq)]));
  }

  private async writeBroadcast({ event, stored }: Decoded<BroadcastEvent>): Promise<void> {
    await this.orSetAside(stored, () => this.writer.writeBroadcast(event));
  }

  private async orSetAside(stored: StoredEvent, write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      if (!isUnstorable(error)) throw error;
      await this.setAside(stored, String(error));
    }
  }

  private async setAside(stored: StoredEvent, reason: string): Promise<void> {
    await this.deadLetters.setAside(stored, reason);
    this.metrics.deadLetters.inc();
    this.log.error({ event: 'dead-letter', subject: stored.subject, streamSeq: stored.streamSeq, reason });
  }
}

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
function latestOfEach(broadcasts: Decoded<BroadcastEvent>[]): Decoded<BroadcastEvent>[] {
  const byGateway = new Map<string, Decoded<BroadcastEvent>>();
  for (const each of broadcasts) {
    const before = byGateway.get(each.event.gatewayId);
    if (!before || before.event.seq < each.event.seq) byGateway.set(each.event.gatewayId, each);
  }
  return [...byGateway.values()];
}
