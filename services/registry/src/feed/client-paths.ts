/**
 * The paths of clients, which only their connect tells: remembered from there, else looked up in the documents, else in the
 * stream (a document may be stored later than the event is heard).
 */
import { setTimeout } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { Bus, latestEvent } from '@wscm/bus';
import { decodeEvent, type Subjects } from '@wscm/contracts';
import type { Settings } from '../settings';
import { MongoStore } from '../store/mongo-store';
import { SETTINGS, SUBJECTS } from '../tokens';
import type { FeedEvent } from './feed-event';

/** Characters of paths and replyIds together; the oldest are forgotten first. */
const MAX_CHARACTERS = 8 * 1_048_576;
/** The events that wait for it wait no longer for MongoDB. */
const LOOK_MS = 1_000;

@Injectable()
export class ClientPaths {
  private readonly known = new Map<string, string>();
  private characters = 0;

  constructor(
    private readonly bus: Bus,
    private readonly store: MongoStore,
    @Inject(SUBJECTS) private readonly subjects: Subjects,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'CLIENT_KEY_PREFIX'>,
  ) {}

  learn(replyId: string, path: string): void {
    if (this.known.has(replyId)) return;
    this.known.set(replyId, path);
    this.characters += replyId.length + path.length;
    for (const [oldest, its] of this.known) {
      if (this.characters <= MAX_CHARACTERS) break;
      this.known.delete(oldest);
      this.characters -= oldest.length + its.length;
    }
  }

  /** Sets the path of each event. Never rejects: what can't be found out is null. */
  async resolve(events: readonly FeedEvent[]): Promise<void> {
    for (const { kind, replyId, path } of events) if (kind === 'connected' && replyId) this.learn(replyId, path ?? '');
    const open = events.filter(({ path }) => path === undefined);
    const missing = [...new Set(open.map(({ replyId }) => replyId ?? ''))].filter((id) => !this.known.has(id));
    const found = missing.length > 0 ? await this.lookUp(missing) : new Map<string, string>();
    for (const event of open) {
      const replyId = event.replyId ?? '';
      event.path = this.known.get(replyId) ?? found.get(replyId) ?? null;
    }
  }

  private async lookUp(replyIds: readonly string[]): Promise<Map<string, string>> {
    const late = setTimeout(LOOK_MS, new Map<string, string>(), { ref: false });
    const found = await Promise.race([this.inDocuments(replyIds).catch(() => new Map<string, string>()), late]);
    const left = replyIds.filter((replyId) => !found.has(replyId));
    await Promise.all(
      left.map(async (replyId) => {
        const path = await this.inStream(replyId).catch(() => null);
        if (path !== null) found.set(replyId, path);
      }),
    );
    for (const [replyId, path] of found) this.learn(replyId, path);
    return found;
  }

  private async inDocuments(replyIds: readonly string[]): Promise<Map<string, string>> {
    const ids = replyIds.map((replyId) => this.settings.CLIENT_KEY_PREFIX + replyId);
    const projection = { replyId: 1, path: 1 };
    const documents = await this.store.within((option) =>
      this.store.clients.find({ _id: { $in: ids } }, { projection, ...option }).toArray(),
    );
    const found = new Map<string, string>();
    for (const { replyId, path } of documents) if (path !== undefined) found.set(replyId, path);
    return found;
  }

  private async inStream(replyId: string): Promise<string | null> {
    const stored = await latestEvent(this.bus, this.subjects, this.subjects.event('connected', replyId));
    const event = stored && decodeEvent(stored, this.subjects);
    return event?.kind === 'connected' ? event.connected.path : null;
  }
}
