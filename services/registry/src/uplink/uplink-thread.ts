/**
 * The thread in which events are stored. It has an event loop, a heap and connections of its own, so that lists, sends and
 * checks don't wait behind batches of events, nor these behind them. What crosses is few and small: this file has all of it.
 */
import { once } from 'node:events';
import { join } from 'node:path';
import { isNativeError } from 'node:util/types';
import { Worker } from 'node:worker_threads';
import type { Settings } from '../settings';
import type { UplinkSettings, UplinkStatus } from './uplink';

export type Question = 'status' | 'metrics' | 'stop' | 'hurry';

export interface Asked {
  id: number;
  question: Question;
}

/** `started` once; then an answer to each question. */
export type Told = 'started' | { id: number; answer: unknown };

/** As it was built: a thread runs no TypeScript. The path is the same from the sources, in tests, and from what was built. */
const SCRIPT = join(__dirname, '../../dist/uplink/thread-main.js');

/** Whoever asks for health or metrics does not wait longer for a thread that is busy. */
const ANSWER_MS = 400;

const SILENT: UplinkStatus = { ready: false, eventsStored: 0 };

export class UplinkThread {
  private readonly worker: Worker;
  private readonly waiting = new Map<number, (answer: unknown) => void>();
  private asked = 0;
  private last = SILENT;
  private stopping: Promise<void> | undefined;
  /** Resolves when events come in; rejects where NATS or MongoDB can't be reached. */
  readonly started: Promise<void>;
  /** Settles when the thread has ended though nobody stopped it. */
  readonly failed: Promise<Error>;

  constructor(settings: Settings) {
    // Who may ask for what is of no concern there, and can't be handed over.
    const workerData = { ...settings, access: undefined, tls: undefined } satisfies UplinkSettings;
    this.worker = new Worker(SCRIPT, { workerData });
    const ended = this.ended();
    this.failed = ended.then((error) => (this.stopping ? new Promise(() => undefined) : error));
    const started = new Promise<void>((resolve) => this.worker.on('message', (told: Told) => this.hear(told, resolve)));
    this.started = Promise.race([started, ended.then((error) => Promise.reject(error))]);
    // Whoever waits for it is told; nobody may.
    this.started.catch(() => undefined);
  }

  /** As of now; not ready where the thread does not answer in time. */
  async status(): Promise<UplinkStatus> {
    const answer = (await this.ask('status', ANSWER_MS)) as UplinkStatus | undefined;
    this.last = answer ?? { ...this.last, ready: false };
    return this.last;
  }

  /** In Prometheus' text format; empty where the thread does not answer in time. */
  async metricsText(): Promise<string> {
    return ((await this.ask('metrics', ANSWER_MS)) as string | undefined) ?? '';
  }

  /** Finishes what is under way, and ends the thread. */
  stop(): Promise<void> {
    return (this.stopping ??= this.end());
  }

  /** Makes a stop that is under way end at once, and hands back what was taken. */
  async hurry(): Promise<void> {
    await this.ask('hurry', ANSWER_MS);
    await this.worker.terminate();
  }

  private async end(): Promise<void> {
    await this.started.catch(() => undefined);
    await this.ask('stop');
    await this.worker.terminate();
  }

  private async ended(): Promise<Error> {
    try {
      await once(this.worker, 'exit');
      return new Error('the thread that stores events has ended');
    } catch (error) {
      return isNativeError(error) ? error : new Error(String(error));
    } finally {
      for (const id of [...this.waiting.keys()]) this.settle(id, undefined);
    }
  }

  /** Undefined where there is no answer in time, or the thread has ended. */
  private ask(question: Question, timeoutMs?: number): Promise<unknown> {
    if (this.worker.threadId === -1) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const id = this.asked++;
      const timer = timeoutMs === undefined ? undefined : setTimeout(() => this.settle(id, undefined), timeoutMs);
      this.waiting.set(id, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      this.worker.postMessage({ id, question } satisfies Asked);
    });
  }

  private hear(told: Told, onStarted: () => void): void {
    if (told === 'started') onStarted();
    else this.settle(told.id, told.answer);
  }

  private settle(id: number, answer: unknown): void {
    this.waiting.get(id)?.(answer);
    this.waiting.delete(id);
  }
}
