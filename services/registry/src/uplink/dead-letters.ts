/** Events that can't be stored, however often they are tried: kept aside with the reason, out of the others' way. */
import { type Bus, isTooLarge, type StoredEvent, storeEvent } from '@wscm/bus';
import { type EncodedEvent, eventHeaders, type Subjects } from '@wscm/contracts';

/** Characters of the subject and of each header: with all that is added, NATS and JetStream take them. */
const MAX_TEXT = 500;

export class DeadLetters {
  constructor(
    private readonly bus: Bus,
    private readonly subjects: Subjects,
  ) {}

  /**
   * Resolves when the dead-letter stream has it, with false where it had it before: setting the same event aside again
   * stores nothing.
   */
  async setAside(event: StoredEvent, reason: string): Promise<boolean> {
    const copied = Object.values(eventHeaders).map((name) => [name, event.header(name).slice(0, MAX_TEXT)] as const);
    const headers = Object.fromEntries([
      ...copied.filter(([, value]) => value !== ''),
      ['wscm-dead-letter-reason', reason.replaceAll(/\s+/g, ' ').slice(0, MAX_TEXT)],
      ['wscm-stream-seq', String(event.streamSeq)],
    ]);
    const subject = this.subjects.deadLetter(event.subject.slice(0, MAX_TEXT).replace(/\.$/, ''));
    const letter = { subject, headers, payload: event.payload };
    return this.store(letter, `dead-${event.streamSeq}`);
  }

  /** One that the reason makes too large is kept without its payload: the event itself is still in its stream. */
  private async store(letter: EncodedEvent, id: string): Promise<boolean> {
    try {
      return await storeEvent(this.bus, letter, id);
    } catch (error) {
      if (!isTooLarge(error)) throw error;
      return storeEvent(this.bus, { ...letter, payload: new Uint8Array() }, id);
    }
  }
}
