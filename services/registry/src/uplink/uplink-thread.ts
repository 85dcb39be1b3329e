/**
 * The thread in which events are stored. It has an event loop, a heap and connections of its own, so that lists and sends
 * don't wait behind batches of events, nor these behind them. What crosses is few and small: this file has all of it.
 */
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Settings } from '../settings';
import type { UplinkSettings, UplinkStatus } from './uplink';

export type Question = 'status' | 'metrics' | 'stop' | 'hurry';

export interface Asked {
  id: number;
  question: Question;
}

/** `started` once; then an answer to each question, which is left out where there is none. */
export type Told = 'started' | { id: number; answer?: unknown };

/** As it was built: a thread runs no TypeScript. The path is the same from the sources, in tests, and from what was built. */
const SCRIPT = join(__dirname, '../../dist/uplink/thread-main.js');

/** Whoever asks for health or metrics does not wait longer for a thread that is busy. */
const ANSWER_MS = 400;
/** So long holds what it has answered before: it may be busy with a large batch. */
const GOOD_FOR_MS = 2_000;
/** What it has taken is handed back within this time, or is taken by another registry only after a while. */
const HURRY_MS = 2_000;

export class UplinkThread {
  private readonly worker: Worker;
  private readonly waiting = new Map<number, (answer: unknown) => void>();
  private asked = 0;
  private last: UplinkStatus = { ready: false, eventsStored: 0 };
  private lastAt = -Infinity;
  private hasStarted = false;
  private hasEnded = false;
  /** Why the thread has ended by itself. */
  private fault: Error | undefined;
  private stopping: Promise<void> | undefined;
  /** Resolves when it is connected and begins to take events; rejects where NATS or MongoDB can't be reached. */
  readonly started: Promise<void>;
  /** Settles when the thread has ended though nobody stopped it. */
  readonly failed: Promise<Error>;

  constructor(settings: Settings) {
    // Who may ask for what is of no concern there, and can't be handed over.
    const workerData = { ...settings, access: undefined, tls: undefined } satisfies UplinkSettings;
    this.worker = new Worker(SCRIPT, { workerData });
    // Told before its end; what is asked in between gets no answer until then.
    this.worker.on('error', (reason: unknown) => (this.fault ??= toError(reason)));
    const ended = new Promise<Error>((resolve) => this.worker.once('exit', () => resolve(this.end())));
    this.failed = ended.then((error) => (this.stopping ? new Promise(() => undefined) : error));
    const started = new Promise<void>((resolve) => this.worker.on('message', (told: Told) => this.hear(told, resolve)));
    this.started = Promise.race([started, ended.then((error) => Promise.reject(error))]);
    // Whoever waits for it is told; nobody may.
    this.started.catch(() => undefined);
  }

  /** As of the last two seconds; not ready where the thread has not answered in that time. */
  async status(): Promise<UplinkStatus> {
    const answer = (await this.ask('status', ANSWER_MS)) as UplinkStatus | undefined;
    if (answer) [this.last, this.lastAt] = [answer, performance.now()];
    const holds = !this.hasEnded && performance.now() - this.lastAt < GOOD_FOR_MS;
    return holds ? this.last : { ...this.last, ready: false };
  }

  /** In Prometheus' text format; empty where the thread does not answer in time. */
  async metricsText(): Promise<string> {
    return ((await this.ask('metrics', ANSWER_MS)) as string | undefined) ?? '';
  }

  /** Finishes what is under way, and ends the thread. Rejects where that fails; not where it had failed before. */
  stop(): Promise<void> {
    return (this.stopping ??= this.finish());
  }

  /** Makes a stop that is under way end at once, and hands back what was taken. */
  async hurry(): Promise<void> {
    await this.ask('hurry', HURRY_MS);
    await this.worker.terminate();
  }

  private async finish(): Promise<void> {
    const before = this.fault;
    // Before that it has taken nothing.
    if (this.hasStarted) await this.ask('stop');
    await this.worker.terminate();
    if (this.fault && !before) throw this.fault;
  }

  private end(): Error {
    this.hasEnded = true;
    for (const id of [...this.waiting.keys()]) this.settle(id);
    return this.fault ?? new Error('the thread that stores events has ended');
  }

  /** Undefined where there is no answer in time, or the thread has ended. */
  private ask(question: Question, timeoutMs?: number): Promise<unknown> {
    if (this.hasEnded) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const id = this.asked++;
      const timer = timeoutMs === undefined ? undefined : setTimeout(() => this.settle(id), timeoutMs);
      this.waiting.set(id, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      this.worker.postMessage({ id, question } satisfies Asked);
    });
  }

  private hear(told: Told, onStarted: () => void): void {
    if (told !== 'started') {
      this.settle(told.id, told.answer);
      return;
    }
    this.hasStarted = true;
    onStarted();
  }

  private settle(id: number, answer?: unknown): void {
    this.waiting.get(id)?.(answer);
    this.waiting.delete(id);
  }
}

/** Node hands over a text for what can't be handed over, and an error that `instanceof` may not know. */
const toError = (reason: unknown): Error =>
  typeof reason === 'object' && reason !== null ? (reason as Error) : new Error(String(reason));
