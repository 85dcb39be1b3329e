/** Clients that come, talk and go. */
import { setTimeout } from 'node:timers/promises';
import type { Random } from '../random';
import { TortureClient } from './client';
import type { ClientHistory, Said } from './history';

export interface HerdOptions {
  url: string;
  /** How many clients live at a time. */
  size: number;
  random: Random;
}

const TICK_MS = 25;
const CONNECTS_AT_A_TIME = 20;
const MESSAGES_PER_TICK = 6;
const MUCH = 50;
const LONG_MESSAGE_CHARACTERS = 60_000;

export class Herd {
  /** All that were greeted and were not forgotten. */
  private clients: TortureClient[] = [];
  /** Connects that were refused, or given up before the greeting. */
  failedConnects = 0;
  private connecting = 0;
  private said = 0;
  private running = false;
  private loop: Promise<void> = Promise.resolve();

  constructor(private readonly options: HerdOptions) {}

  get histories(): ClientHistory[] {
    return this.clients.map(({ history }) => history);
  }

  get living(): TortureClient[] {
    return this.clients.filter(({ open }) => open);
  }

  start(): void {
    this.running = true;
    this.loop = this.run();
  }

  /** Fills up to its size, and falls silent; the clients stay. */
  async rest(deadlineMs: number): Promise<void> {
    this.running = false;
    await this.loop;
    const deadline = performance.now() + deadlineMs;
    while ((this.connecting > 0 || this.living.length < this.options.size) && performance.now() < deadline) {
      this.fill();
      await setTimeout(TICK_MS);
    }
    while (this.connecting > 0) await setTimeout(TICK_MS);
  }

  /** Every living client says one thing more. */
  speak(): void {
    for (const client of this.living) client.say(this.something());
  }

  /** Those that have ended are told of no more. */
  forgetEnded(): void {
    this.failedConnects = 0;
    this.clients = this.clients.filter(({ history }) => history.end === null);
  }

  cutAll(): void {
    for (const client of this.clients) client.cut();
  }

  private async run(): Promise<void> {
    while (this.running) {
      this.fill();
      const living = this.living;
      if (living.length > 0) this.act(living);
      await setTimeout(TICK_MS);
    }
  }

  private fill(): void {
    const missing = this.options.size - this.living.length - this.connecting;
    const some = Math.min(missing, CONNECTS_AT_A_TIME - this.connecting);
    for (let each = 0; each < some; each++) void this.connect();
  }

  private async connect(): Promise<void> {
    this.connecting++;
    try {
      this.clients.push(await TortureClient.connect(`${this.options.url}/herd?n=${this.clients.length}`));
    } catch {
      this.failedConnects++;
      await setTimeout(500);
    } finally {
      this.connecting--;
    }
  }

  private act(living: TortureClient[]): void {
    const { random } = this.options;
    for (let each = 0; each < MESSAGES_PER_TICK; each++) random.pick(living).say(this.something());
    if (random.chance(0.03)) random.pick(living).close(random.pick([1000, 4001, 3999]), 'had enough');
    if (random.chance(0.03)) random.pick(living).cut();
    if (random.chance(0.03)) this.sayMuch(random.pick(living));
    if (random.chance(0.02)) this.sayAndLeave(random.pick(living));
  }

  private sayMuch(client: TortureClient): void {
    for (let each = 0; each < MUCH; each++) client.say(this.something());
  }

  private sayAndLeave(client: TortureClient): void {
    client.say(this.something());
    client.close(1000, 'bye');
  }

  private something(): Said {
    const { random } = this.options;
    const text = `m${this.said++}`;
    if (random.chance(0.1)) return { type: 'binary', message: Buffer.from(text).toString('base64') };
    return { type: 'text', message: random.chance(0.01) ? text.padEnd(LONG_MESSAGE_CHARACTERS, '.') : text };
  }
}
