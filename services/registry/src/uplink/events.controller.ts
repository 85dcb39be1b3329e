/** Where events come in from the stream. */
import { Controller, UseFilters } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import type { StoredEvent } from '@wscm/bus';
import { EVENTS } from '../transport/bus-strategy';
import { PassOnFilter } from '../transport/pass-on.filter';
import { EventIntake } from './event-intake';

@Controller()
@UseFilters(PassOnFilter)
export class EventsController {
  constructor(private readonly intake: EventIntake) {}

  /** A batch is acknowledged when this resolves, and comes again when it rejects. */
  @EventPattern(EVENTS)
  async store(@Payload() events: readonly StoredEvent[]): Promise<void> {
    await this.intake.take(events);
  }
}
