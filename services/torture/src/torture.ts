/**
 * Rounds of load and faults. Each round ends with everything healed, at rest, and compared: what the clients and operators
 * saw, what stands in the stream, and what the documents say.
 */
import { setTimeout } from 'node:timers/promises';
import { checkAnswers } from './check/answers';
import { Archive } from './check/archive';
import { checkDocuments } from './check/documents';
import { checkDownlink } from './check/downlink';
import type { Check, Disturbance, Evidence, Violation, Witness } from './check/evidence';
import { documentsOf, lookAt, untilAtRest } from './check/gather';
import { checkLeases } from './check/leases';
import { checkLists } from './check/lists';
import { checkUplink } from './check/uplink';
import { type Fault, faults, type Scene } from './faults';
import { Herd } from './load/herd';
import { Operators } from './load/operators';
import { Random } from './random';
import type { Site } from './site/site';
import { Starvation } from './starvation';

export interface TortureOptions {
  site: Site;
  seed: number;
  minutes: number;
  clients: number;
  /** Only these faults; all of them where it is empty. */
  only: readonly string[];
  leaseTtlMs: number;
  tell: (line: string) => void;
}

export interface Report {
  rounds: number;
  /** How often the machine was too busy to tell. */
  starved: number;
  faults: Record<string, number>;
  clients: number;
  events: number;
  repeatedEvents: number;
  sends: Record<string, number>;
  broadcasts: number;
  violations: Violation[];
}

const checks: readonly Check[] = [checkUplink, checkDownlink, checkDocuments, checkLists, checkAnswers, checkLeases];
const FAULTS_A_ROUND = [2, 5] as const;
const BETWEEN_FAULTS_MS = [500, 4_000] as const;
const HERD_DEADLINE_MS = 30_000;
/** A lost gateway's clients leave the lists within the lease and 5 s. */
const LOST_WITHIN_MS = 5_000;
const STARVED_MS = 400;

export class Torture {
  private readonly random: Random;
  private readonly herd: Herd;
  private readonly operators: Operators;
  private readonly archive: Archive;
  private readonly deadGateways = new Set<string>();
  private readonly gaps = new Set<string>();
  private readonly refusals = new Set<string>();
  private refusing = false;
  private streamLost = false;
  private disturbances: Disturbance[] = [];
  private roundBegan = 0;
  private readonly report: Report = {
    ...{
      rounds: 0,
      starved: 0,
      faults: {},
      clients: 0,
      events: 0,
      repeatedEvents: 0,
      sends: {},
      broadcasts: 0,
      violations: [],
    },
  };

  constructor(private readonly options: TortureOptions) {
    const { site, seed, clients } = options;
    this.random = new Random(seed);
    this.herd = new Herd({ url: site.webSocketUrl, size: clients, random: new Random(seed + 1) });
    const registryUrls = () => site.registries.map(({ url }) => url);
    this.operators = new Operators({ herd: this.herd, random: new Random(seed + 2), nats: site.nats, registryUrls });
    this.archive = new Archive(site.nats);
  }

  /** Resolves after the last round that began in time, or the first that shows a violation. */
  async run(): Promise<Report> {
    const deadline = performance.now() + this.options.minutes * 60_000;
    const starvation = new Starvation(STARVED_MS, (from, to) => this.onStarved(from, to));
    do {
      await this.round();
      this.report.rounds++;
    } while (performance.now() < deadline && this.report.violations.length === 0);
    starvation.stop();
    this.herd.cutAll();
    return this.report;
  }

  /** Heartbeats may be late by more than a term then. */
  private onStarved(from: number, to: number): void {
    this.report.starved++;
    const { leaseTtlMs } = this.options;
    this.disturbances.push({ gatewayId: null, from: from - leaseTtlMs, to: to + leaseTtlMs + LOST_WITHIN_MS });
  }

  private async round(): Promise<void> {
    this.roundBegan = performance.now();
    this.herd.start();
    this.operators.start();
    await setTimeout(this.random.between(...BETWEEN_FAULTS_MS));
    await this.strikeAll();
    await this.herd.rest(HERD_DEADLINE_MS);
    await this.operators.rest();
    if (this.streamLost) await this.freshen();
    await this.compare();
  }

  /** Faults one after another, some of them at the same time, until all are healed. */
  private async strikeAll(): Promise<void> {
    const underWay = new Map<Fault['group'], Promise<void>>();
    const known = faults.filter(({ name }) => this.options.only.length === 0 || this.options.only.includes(name));
    for (let left = this.random.between(...FAULTS_A_ROUND); left > 0; left--) {
      const fault = this.random.pickWeighted(known);
      const lasts = this.random.between(...fault.lasts);
      const pause = this.random.between(...BETWEEN_FAULTS_MS);
      await underWay.get(fault.group);
      underWay.set(fault.group, this.strike(fault, lasts));
      await setTimeout(pause);
    }
    await Promise.all(underWay.values());
  }

  private async strike(fault: Fault, lastsMs: number): Promise<void> {
    const { tell } = this.options;
    this.report.faults[fault.name] = (this.report.faults[fault.name] ?? 0) + 1;
    const disturbed: Disturbance[] = [];
    try {
      tell(`fault: ${fault.name}, ${lastsMs} ms`);
      const heal = await fault.strike(this.sceneOf(disturbed));
      await setTimeout(lastsMs);
      await heal();
      tell(`healed: ${fault.name}`);
    } catch (error) {
      this.violate('every fault can be healed', fault.name, String(error));
    }
    const until = performance.now() + this.options.leaseTtlMs + LOST_WITHIN_MS;
    for (const each of disturbed) each.to = until;
  }

  private sceneOf(disturbed: Disturbance[]): Scene {
    const { site, leaseTtlMs } = this.options;
    const { random, herd, operators, archive } = this;
    return {
      ...{ site, leaseTtlMs, random, herd, operators, archive },
      disturb: (gatewayId) => {
        const disturbance = { gatewayId, from: performance.now(), to: Infinity };
        disturbed.push(disturbance);
        this.disturbances.push(disturbance);
      },
      gone: (gatewayId) => this.disturbances.push({ gatewayId, from: performance.now(), to: Infinity }),
      died: (gatewayId) => this.deadGateways.add(gatewayId),
      refuses: () => {
        this.refusing = true;
      },
      losesStream: () => {
        this.streamLost = true;
        this.refusing = true;
        for (const { replyId } of herd.histories) this.gaps.add(replyId);
      },
      violation: (promise, about, seen) => this.violate(promise, about, seen),
    };
  }

  /** The last messages may be gone with the stream; the next ones are not. */
  private async freshen(): Promise<void> {
    await untilAtRest(this.options.site, this.options.leaseTtlMs);
    this.herd.speak();
    for (const { history } of this.herd.living) await this.operators.send(history.replyId);
    this.streamLost = false;
  }

  private async compare(): Promise<void> {
    const { site, leaseTtlMs, tell } = this.options;
    try {
      await untilAtRest(site, leaseTtlMs);
      this.report.events += await this.archive.read();
      const evidence = await this.gather();
      for (const check of checks) this.report.violations.push(...check(evidence));
      this.count(evidence);
      tell(this.summary(evidence));
      this.forget(evidence);
      await this.archive.purge();
    } catch (error) {
      this.violate('the system comes to rest, and answers', 'all', String(error));
    }
  }

  private async gather(): Promise<Evidence> {
    const { site } = this.options;
    const { operators, archive, disturbances, herd } = this;
    const histories = herd.histories;
    if (this.refusing) for (const { replyId } of histories) this.refusals.add(replyId);
    this.refusing = false;
    const documents = await documentsOf(
      site,
      histories.map(({ replyId }) => replyId),
    );
    const witnesses = histories.map((history): [string, Witness] => {
      const { replyId, gatewayId } = history;
      const document = documents.get(replyId) ?? null;
      const [gap, gatewayDied] = [this.gaps.has(replyId), this.deadGateways.has(gatewayId)];
      const refused = this.refusals.has(replyId);
      return [replyId, { history, events: archive.of(replyId), document, gap, refused, gatewayDied }];
    });
    const { sends, broadcasts, disconnects } = operators;
    return {
      ...{ sends, broadcasts, disconnects, disturbances, witnesses: new Map(witnesses) },
      ...(await lookAt(site)),
      broadcastsOf: (gatewayId) => archive.broadcastsOf(gatewayId),
      runningGateways: site.gateways.map(({ gatewayId }) => gatewayId),
      failedConnects: herd.failedConnects,
      since: this.roundBegan,
    };
  }

  private count({ sends, broadcasts, witnesses }: Evidence): void {
    this.report.clients += [...witnesses.values()].filter(({ history }) => history.end !== null).length;
    this.report.broadcasts += broadcasts.length;
    this.report.repeatedEvents = this.archive.repeated;
    for (const { answer } of sends) this.report.sends[answer] = (this.report.sends[answer] ?? 0) + 1;
  }

  private summary({ witnesses, sends }: Evidence): string {
    const { rounds, events, violations } = this.report;
    const open = [...witnesses.values()].filter(({ history }) => history.end === null).length;
    const found = violations.length === 0 ? 'all exact' : `${violations.length} VIOLATIONS`;
    const clients = `${witnesses.size} clients (${open} open)`;
    return `round ${rounds + 1}: ${clients}, ${sends.length} sends, ${events} events so far: ${found}`;
  }

  /** What has ended and was compared is not needed again. */
  private forget({ witnesses }: Evidence): void {
    const ended = [...witnesses.values()].filter(({ history }) => history.end !== null);
    this.archive.forget(ended.map(({ history }) => history.replyId));
    this.herd.forgetEnded();
    this.operators.forget();
    this.disturbances = this.disturbances.filter(({ to }) => to > performance.now());
  }

  private violate(promise: string, about: string, seen: string): void {
    this.report.violations.push({ promise, about, seen });
    this.options.tell(`VIOLATION: ${promise}: ${about}: ${seen}`);
  }
}
