/**
 * The end of the event loop's turn: what is to be published waits until then, so that all of it goes to NATS in one write.
 * A write for each message costs more than all the rest of it.
 */
export class Turn {
  private works: (() => void)[] = [];

  /** Calls back at the end of this turn, in the order of the calls. `work` must not throw. */
  atEnd(work: () => void): void {
    if (this.works.push(work) === 1) setImmediate(this.endNow);
  }

  /** All in one call: the client library writes as soon as there is a gap between two of them. */
  readonly endNow = (): void => {
    const works = this.works;
    this.works = [];
    for (const work of works) work();
  };
}
