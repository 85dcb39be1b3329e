/** Listens to Server-Sent Events, as anyone would by HTTP. */
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { eventually } from '@wscm/testing';

export interface HeardEvent {
  id: string;
  event: string;
  data: Record<string, unknown>;
}

export class EventListener {
  readonly events: HeardEvent[] = [];
  readonly comments: string[] = [];
  /** As EventSource keeps it. */
  lastId = '';
  bytes = 0;
  private text = '';
  private constructor(private readonly answer: IncomingMessage) {
    answer.on('error', () => undefined);
  }

  /** Resolves when the answer's head is there. */
  static async open(url: string, headers: Record<string, string> = {}): Promise<EventListener> {
    const listener = await EventListener.openWithoutReading(url, headers);
    listener.read();
    return listener;
  }

  static async openWithoutReading(url: string, headers: Record<string, string> = {}): Promise<EventListener> {
    const [answer] = (await once(get(url, { headers, agent: false }), 'response')) as [IncomingMessage];
    return new EventListener(answer);
  }

  get status(): number {
    return this.answer.statusCode ?? 0;
  }

  get headers(): IncomingMessage['headers'] {
    return this.answer.headers;
  }

  /** The answer has come to its end, in order or not. */
  get ended(): boolean {
    return this.answer.closed || this.answer.readableEnded;
  }

  read(): void {
    this.answer.setEncoding('utf8').on('data', (chunk: string) => {
      this.bytes += chunk.length;
      const blocks = (this.text + chunk).split('\n\n');
      this.text = blocks.pop() ?? '';
      for (const block of blocks) this.take(block);
    });
  }

  /** What the data of events of this kind say; all kinds without. */
  said(field: string, kind?: string): unknown[] {
    return this.events.filter(({ event }) => kind === undefined || event === kind).map(({ data }) => data[field]);
  }

  async until(count: number, deadlineMs = 15_000): Promise<HeardEvent[]> {
    await eventually(() => {
      if (this.events.length < count) throw new Error(`${this.events.length} of ${count} events were heard`);
    }, deadlineMs);
    return this.events;
  }

  close(): void {
    this.answer.destroy();
  }

  private take(block: string): void {
    const fields = new Map<string, string>();
    for (const line of block.split('\n')) {
      const [, name = '', value = ''] = /^([^:]*): ?(.*)$/.exec(line) ?? [];
      if (name === '') this.comments.push(value);
      else fields.set(name, value);
    }
    this.lastId = fields.get('id') ?? this.lastId;
    const data = fields.get('data');
    if (data !== undefined)
      this.events.push({
        id: this.lastId,
        event: fields.get('event') ?? 'message',
        data: JSON.parse(data) as HeardEvent['data'],
      });
  }
}
