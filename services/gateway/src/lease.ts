/**
 * The gateway's lease: renewed at any registry, several times within its term. Where it was declared lost meanwhile (this
 * gateway was cut off or frozen), the gateway goes on under the next epoch and announces its living sockets.
 */
import { setTimeout } from 'node:timers/promises';
import { type Bus, BusError } from '@wscm/bus';
import {
  type LeaseAnswer,
  leaseAnswerSchema,
  type LeaseRelease,
  type LeaseRenewal,
  type Subjects,
  type Traffic,
} from '@wscm/contracts';

export interface LeaseOptions {
  gatewayId: string;
  host: string;
  ttlMs: number;
  connections: () => number;
  traffic: () => Readonly<Traffic>;
  /** The lease goes on under a later epoch. */
  onNewEpoch: (epoch: number) => void;
  /** A renewal failed, for a reason other than NATS or the registries being away. */
  onError: (error: unknown) => void;
}

const RENEWALS_PER_TERM = 4;
/** The part of a period after which it asks again; each time twice as long. */
const FIRST_PAUSE = 1 / 8;

export class Lease {
  private currentEpoch = 1;
  private readonly begunAt = performance.now();
  private answeredAt = -Infinity;
  private stopped = false;
  private timer: NodeJS.Timeout | undefined;
  private renewal: Promise<void> = Promise.resolve();
  private readonly startedAt = new Date().toISOString();

  constructor(
    private readonly bus: Bus,
    private readonly subjects: Subjects,
    private readonly options: LeaseOptions,
  ) {}

  get epoch(): number {
    return this.currentEpoch;
  }

  /**
   * True while a registry has answered within the lease's term. That it can't renew now, since MongoDB is away, is an answer
   * too: then no registry can declare a lease lost.
   */
  get held(): boolean {
    return performance.now() - this.answeredAt < this.options.ttlMs;
  }

  /**
   * True while nobody can have declared this gateway lost: it has just begun, or a registry has answered. Else what it is
   * asked may have waited for long, and whoever asked was told that it is gone.
   */
  get inTouch(): boolean {
    return this.held || performance.now() - this.begunAt < this.options.ttlMs;
  }

  start(): void {
    this.renewal = this.renewAndSchedule();
  }

  /** Renews no more: the lease ends when its term runs out. */
  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  /**
   * Ends the lease at once. Asks again, for a term, while no registry can: this gateway would be declared lost, though it has
   * ended in order.
   */
  async release(): Promise<void> {
    this.stop();
    await this.renewal;
    const until = performance.now() + this.options.ttlMs;
    while (!(await this.tryRelease()) && performance.now() < until) await setTimeout(this.periodMs * FIRST_PAUSE);
  }

  /** Resolves with false where MongoDB may be away, or the registry that was asked; not where NATS is, or all of them. */
  private async tryRelease(): Promise<boolean> {
    const release: LeaseRelease = { gatewayId: this.options.gatewayId, epoch: this.currentEpoch };
    try {
      await this.bus.request(this.subjects.releaseLease, JSON.stringify(release), { timeoutMs: this.periodMs });
      return true;
    } catch (error) {
      return !(error instanceof BusError && (error.failure === 'refused' || error.failure === 'timeout'));
    }
  }

  private get periodMs(): number {
    return this.options.ttlMs / RENEWALS_PER_TERM;
  }

  private async renewAndSchedule(): Promise<void> {
    const started = performance.now();
    try {
      await this.renew();
    } catch (error) {
      if (!(error instanceof BusError)) this.options.onError(error);
    }
    if (this.stopped) return;
    const wait = Math.max(0, this.periodMs - (performance.now() - started));
    this.timer = globalThis.setTimeout(() => {
      this.renewal = this.renewAndSchedule();
    }, wait);
  }

  private async renew(): Promise<void> {
    const { gatewayId, host, connections, traffic } = this.options;
    const renewal: LeaseRenewal = {
      gatewayId,
      epoch: this.currentEpoch,
      host,
      startedAt: this.startedAt,
      connections: connections(),
      ...traffic(),
    };
    const asked = performance.now();
    const answer = await this.ask(renewal);
    this.answeredAt = asked;
    if (answer.result === 'lost') {
      this.currentEpoch = Math.max(this.currentEpoch, answer.epoch) + 1;
      this.options.onNewEpoch(this.currentEpoch);
      await this.renew();
    }
  }

  /**
   * Asks again and again, until one answers: a registry that is frozen gets its share of the requests, and it must not cost
   * a living gateway its lease. Renewing twice does no harm.
   */
  private async ask(renewal: LeaseRenewal): Promise<LeaseAnswer> {
    const deadline = performance.now() + this.periodMs;
    const tries: Promise<LeaseAnswer>[] = [];
    const enough = new AbortController();
    try {
      for (let pauseMs = this.periodMs * FIRST_PAUSE; performance.now() < deadline; pauseMs *= 2) {
        tries.push(this.askOnce(renewal, deadline - performance.now()));
        const pause = setTimeout(pauseMs, null, { signal: enough.signal }).catch(() => null);
        const answer = await Promise.race([Promise.any(tries), pause]);
        if (answer) return answer;
      }
      return await Promise.any(tries);
    } catch (error) {
      throw error instanceof AggregateError ? error.errors[0] : error;
    } finally {
      enough.abort();
    }
  }

  private async askOnce(renewal: LeaseRenewal, timeoutMs: number): Promise<LeaseAnswer> {
    const asked = performance.now();
    try {
      const reply = await this.bus.request(this.subjects.renewLease, JSON.stringify(renewal), {
        timeoutMs: Math.max(1, Math.round(timeoutMs)),
      });
      return leaseAnswerSchema.parse(JSON.parse(Buffer.from(reply).toString()));
    } catch (error) {
      if (error instanceof BusError && error.failure === 'refused') this.answeredAt = asked;
      throw error;
    }
  }
}
