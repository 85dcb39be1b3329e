/** Events that can't be stored, however often they are tried: kept aside with the reason, out of the others' way. */
import { Inject, Injectable } from '@nestjs/common';
import { Bus, type StoredEvent, storeEvent } from '@wscm/bus';
import { eventHeaders, type Subjects } from '@wscm/contracts';
import { SUBJECTS } from '../tokens';

@Injectable()
export class DeadLetters {
  constructor(
    private readonly bus: Bus,
    @Inject(SUBJECTS) private readonly subjects: Subjects,
  ) {}

  /** Resolves when the dead-letter stream has it. Setting the same event aside again stores nothing. */
  async setAside(event: StoredEvent, reason: string): Promise<void> {
    const copied = Object.values(eventHeaders).map((name) => [name, event.header(name)] as const);
    const headers = Object.fromEntries([
      ...copied.filter(([, value]) => value !== ''),
      ['wscm-dead-letter-reason', reason.replaceAll(/\s+/g, ' ').slice(0, 500)],
      ['wscm-stream-seq', String(event.streamSeq)],
    ]);
    const letter = { subject: this.subjects.deadLetter(event.subject), headers, payload: event.payload };
    await storeEvent(this.bus, letter, `dead-${event.streamSeq}`);
  }
}
