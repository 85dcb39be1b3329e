/** What the gateways answer to one broadcast, and whose answers are awaited. */
import { type BroadcastReply, broadcastReplySchema, type BroadcastResult } from '@wscm/contracts';
import { parseJson } from './gateway-requests';

export class BroadcastAnswers {
  /** Resolves when all have answered before it is known that nobody else lives. */
  readonly complete: Promise<void>;
  private readonly replies: BroadcastReply[] = [];
  private living: ReadonlySet<string> | undefined;
  private onComplete: () => void = () => undefined;

  constructor() {
    this.complete = new Promise((resolve) => (this.onComplete = resolve));
  }

  /** Whose answers are awaited. */
  expect(gatewayIds: readonly string[]): void {
    this.living = new Set(gatewayIds);
    if (this.isComplete()) this.onComplete();
  }

  /** Returns whether that was the last one awaited. */
  take(data: Uint8Array): boolean {
    const reply = readReply(data);
    if (reply) this.replies.push(reply);
    return this.isComplete();
  }

  result(): BroadcastResult {
    const sum = (name: 'delivered' | 'dropped') => this.replies.reduce((total, reply) => total + reply[name], 0);
    return {
      delivered: sum('delivered'),
      dropped: sum('dropped'),
      gateways: this.replies.map(({ gatewayId, delivered }) => ({ gatewayId, delivered })),
      unreachable: this.unreachable(),
    };
  }

  private unreachable(): string[] {
    const answered = new Set(this.replies.map(({ gatewayId }) => gatewayId));
    return [...(this.living ?? [])].filter((gatewayId) => !answered.has(gatewayId));
  }

  private isComplete(): boolean {
    return this.living !== undefined && this.living.size > 0 && this.unreachable().length === 0;
  }
}

/** Null for what no gateway would answer: anybody on the bus may. */
function readReply(data: Uint8Array): BroadcastReply | null {
  try {
    return broadcastReplySchema.parse(parseJson(data));
  } catch {
    return null;
  }
}
