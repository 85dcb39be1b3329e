/** What a service needs to be ready: whether it is there, and where it is not, what that means and since when. */
import { setTimeout } from 'node:timers/promises';
import type { Logger } from './logger';

export interface Need {
  /** What it means that this is missing, in plain words, for whoever reads `/readyz`. Anybody may: no secrets. */
  missing: string;
  /** Answers false, rejects or takes longer than half a second where it is missing. A rejection's reason goes to the log. */
  isThere: () => boolean | Promise<boolean>;
}

/** The body of `/readyz`. */
export interface ReadinessReport<Name extends string = string> {
  status: 'ok' | 'error';
  checks: Record<Name, 'ok' | 'error'>;
  /** `since`: ISO 8601, when it was first seen to be missing; looked at every second. */
  missing: { check: Name; message: string; since: string }[];
}

/** Whoever asks for readiness does not wait longer. */
const ANSWER_MS = 500;
const PERIOD_MS = 1_000;
/** What has not been there yet while a service starts is no news. */
const START_MS = 5_000;

export class Readiness<Name extends string = string> {
  private readonly missingSince = new Map<Name, number>();
  private readonly hasBeenThere = new Set<Name>();
  /** Those of which the log says that they are missing. */
  private readonly told = new Set<Name>();
  private readonly startedAt = performance.now();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly needs: Readonly<Record<Name, Need>>,
    private readonly log: Logger,
    private readonly startMs = START_MS,
  ) {}

  /** The names of the checks. */
  get names(): readonly Name[] {
    return Object.keys(this.needs) as Name[];
  }

  /** Looks every second from now on, so that the log and `since` tell when something went missing. */
  start(): void {
    this.timer = setInterval(() => void this.report(), PERIOD_MS).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** How it is now. Never rejects, and takes half a second at most. */
  async report(): Promise<ReadinessReport<Name>> {
    const found = await Promise.all(this.names.map(async (name) => [name, await this.look(name)] as const));
    const missing = found.filter(([, fine]) => !fine).map(([name]) => this.describe(name));
    return {
      status: missing.length === 0 ? 'ok' : 'error',
      checks: Object.fromEntries(found.map(([name, fine]) => [name, fine ? 'ok' : 'error'])) as Record<
        Name,
        'ok' | 'error'
      >,
      missing,
    };
  }

  private describe(check: Name): ReadinessReport<Name>['missing'][number] {
    const since = new Date(this.missingSince.get(check) ?? Date.now()).toISOString();
    return { check, message: this.needs[check].missing, since };
  }

  private async look(name: Name): Promise<boolean> {
    let err: unknown;
    const fine = await this.answer(name).catch((reason: unknown) => {
      err = reason;
      return false;
    });
    if (fine) this.found(name);
    else this.missed(name, err);
    return fine;
  }

  /** What is known at once needs no timer: a process that has nothing to do is not woken up for it. */
  private async answer(name: Name): Promise<boolean> {
    const there = this.needs[name].isThere();
    if (typeof there === 'boolean') return there;
    const answered = new AbortController();
    const late = setTimeout(ANSWER_MS, false, { ref: false, signal: answered.signal }).catch(() => false);
    return Promise.race([there, late]).finally(() => answered.abort());
  }

  private missed(check: Name, err: unknown): void {
    if (!this.missingSince.has(check)) this.missingSince.set(check, Date.now());
    const starting = !this.hasBeenThere.has(check) && performance.now() - this.startedAt < this.startMs;
    if (starting || this.told.has(check)) return;
    this.told.add(check);
    const { missing: message } = this.needs[check];
    this.log.warn({ event: 'check-failed', check, message, ...(err === undefined ? {} : { err }) });
  }

  private found(check: Name): void {
    this.hasBeenThere.add(check);
    const since = this.missingSince.get(check);
    this.missingSince.delete(check);
    if (since === undefined || !this.told.delete(check)) return;
    this.log.info({ event: 'check-passed-again', check, afterMs: Date.now() - since });
  }
}
