/** What Prometheus reads of a registry. */
import { Injectable } from '@nestjs/common';
import { Counter, Histogram, Registry } from 'prom-client';

@Injectable()
export class Metrics {
  readonly registry = new Registry();
  readonly eventsStored;
  readonly batchSize;
  readonly deadLetters;
  readonly sends;
  readonly broadcasts;

  constructor() {
    const registers = [this.registry];
    this.eventsStored = new Counter({
      registers,
      name: 'wscm_registry_events_stored_total',
      help: 'Events taken from the stream and dealt with',
    });
    this.batchSize = new Histogram({
      registers,
      name: 'wscm_registry_batch_events',
      help: 'Events in one batch',
      buckets: [1, 2, 5, 10, 25, 50, 100, 250, 500],
    });
    this.deadLetters = new Counter({
      registers,
      name: 'wscm_registry_dead_letters_total',
      help: 'Events that could not be stored and were set aside',
    });
    this.sends = new Counter({
      registers,
      name: 'wscm_registry_sends_total',
      help: 'Sends that a gateway answered, by result',
      labelNames: ['result'],
    });
    this.broadcasts = new Counter({
      registers,
      name: 'wscm_registry_broadcasts_total',
      help: 'Broadcasts handed to the gateways',
    });
  }
}
