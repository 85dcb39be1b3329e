/** Whether this registry has what it needs. */
import { setTimeout } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Bus } from '@wscm/bus';
import { MongoStore } from './store/mongo-store';
import { BusStrategy } from './transport/bus-strategy';

/** Whoever asks does not wait long. */
const PING_MS = 500;

export interface Checks {
  nats: boolean;
  mongodb: boolean;
  consumer: boolean;
}

@Injectable()
export class Readiness {
  constructor(
    private readonly bus: Bus,
    private readonly store: MongoStore,
    private readonly strategy: BusStrategy,
  ) {}

  async check(): Promise<Checks> {
    const answered = this.store.ping().then(
      () => true,
      () => false,
    );
    const mongodb = await Promise.race([answered, setTimeout(PING_MS, false, { ref: false })]);
    return { nats: this.bus.connected, consumer: this.strategy.ready, mongodb };
  }
}
