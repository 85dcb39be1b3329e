/** The registries that live: each answers for itself, as no list of them is kept. */
import { hostname } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { Bus, BusError, consumerProgress, type Subscription } from '@wscm/bus';
import {
  newRegistryId,
  type Registries,
  type RegistryStatus,
  registryStatusSchema,
  type Subjects,
} from '@wscm/contracts';
import { Readiness } from '@wscm/runtime';
import type { Check } from '../readiness';
import { SUBJECTS } from '../tokens';
import { UplinkThread } from '../uplink/uplink-thread';
import { VERSION } from '../version';

/** Nobody waits longer for the others, nor for JetStream. */
const ROUND_MS = 1_000;
/** Those that are new answer within this time after the ones that are known. */
const QUIET_MS = 100;
/** Anybody on the bus could answer. */
const MAX_REGISTRIES = 1_000;

@Injectable()
export class RegistriesReader {
  private readonly self = {
    registryId: newRegistryId(),
    host: hostname(),
    version: VERSION,
    startedAt: new Date().toISOString(),
  };
  private subscription: Subscription | undefined;
  /** Who answered the last time; null before the first time, when everybody gets the whole time. */
  private known: ReadonlySet<string> | null = null;
  private underWay: Promise<Registries> | undefined;

  constructor(
    private readonly bus: Bus,
    @Inject(SUBJECTS) private readonly subjects: Subjects,
    private readonly readiness: Readiness<Check>,
    private readonly uplink: UplinkThread,
  ) {}

  start(): void {
    this.subscription = this.bus.subscribe(this.subjects.registryStatus, (message) => {
      // Where the connection has ended meanwhile, nobody can be told.
      void this.ownStatus()
        .then((status) => message.respond(JSON.stringify(status)))
        .catch(() => undefined);
    });
  }

  /** Is no longer there for the others. */
  stop(): void {
    this.subscription?.drain().catch(() => undefined);
  }

  /** All that answer in time; this one alone while NATS is away. Calls that come meanwhile share one round. */
  list(): Promise<Registries> {
    this.underWay ??= this.ask().finally(() => (this.underWay = undefined));
    return this.underWay;
  }

  private async ask(): Promise<Registries> {
    const [own, others, consumer] = await Promise.all([this.ownStatus(), this.others(), this.consumer()]);
    const items = [own, ...others].sort((a, b) => (a.registryId < b.registryId ? -1 : 1));
    return { items, consumer };
  }

  private async ownStatus(): Promise<RegistryStatus> {
    const [{ status, checks: found }, { eventsStored }] = await Promise.all([
      this.readiness.report(),
      this.uplink.status(),
    ]);
    const [nats, mongodb, consumer] = [found.nats === 'ok', found.mongodb === 'ok', found.consumer === 'ok'];
    return {
      ...this.self,
      ready: status === 'ok',
      checks: { nats, mongodb, consumer },
      eventsStored,
    };
  }

  private async others(): Promise<RegistryStatus[]> {
    const answers = new Map<string, RegistryStatus>();
    const { known } = this;
    const onReply = (data: Uint8Array): boolean => {
      const status = readStatus(data);
      if (status && answers.size < MAX_REGISTRIES) answers.set(status.registryId, status);
      return known !== null && [...known].every((registryId) => answers.has(registryId));
    };
    try {
      await this.bus.requestAll(this.subjects.registryStatus, '', { timeoutMs: ROUND_MS, quietMs: QUIET_MS, onReply });
    } catch (error) {
      if (!(error instanceof BusError)) throw error;
    }
    this.known = new Set(answers.keys());
    answers.delete(this.self.registryId);
    return [...answers.values()];
  }

  private async consumer(): Promise<Registries['consumer']> {
    const asked = consumerProgress(this.bus, this.subjects).then(
      ({ pending, unacknowledged, redelivered }) => ({ pending, unacknowledged, redelivered }),
      () => null,
    );
    return Promise.race([asked, setTimeout(ROUND_MS, null, { ref: false })]);
  }
}

/** Null for what no registry would answer. */
function readStatus(data: Uint8Array): RegistryStatus | null {
  try {
    return registryStatusSchema.parse(JSON.parse(Buffer.from(data).toString()));
  } catch {
    return null;
  }
}
