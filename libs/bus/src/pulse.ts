/** Whether NATS answers: a connection to one that hangs, or across a network that swallows everything, stands for long. */
import type { NatsConnection } from 'nats';

const PERIOD_MS = 1_000;
const MOST_MISSED = 3;

export class Pulse {
  private missed = 0;
  private readonly timer = setInterval(() => this.beat(), PERIOD_MS).unref();

  constructor(
    private readonly connection: NatsConnection,
    private readonly isConnected: () => boolean,
  ) {}

  /** False after some seconds without an answer. */
  get felt(): boolean {
    return this.missed <= MOST_MISSED;
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Counts its own turns and no time: that this process was too busy to read is no fault of NATS. */
  private beat(): void {
    if (!this.isConnected()) return;
    if (this.missed++ > 0) return;
    const answered = () => {
      this.missed = 0;
    };
    this.connection.flush().then(answered, answered);
  }
}
