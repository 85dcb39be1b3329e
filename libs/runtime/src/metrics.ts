/** What the metrics of all services have in common: those of the process, and kinds that cost little where much happens. */
import { readdirSync, statSync } from 'node:fs';
import { collectDefaultMetrics, Counter, Gauge, type Metric, Registry } from 'prom-client';

/** Meaning and place of a metric. */
export interface MetricSpec {
  registers: Registry[];
  name: string;
  help: string;
}

/** Read when somebody asks; null: there is no value now, and none is shown. */
export function readGauge(spec: MetricSpec, read: () => number | null): void {
  new Gauge({
    ...spec,
    collect() {
      const value = read();
      if (value === null) this.remove();
      else this.set(value);
    },
  });
}

/** What is counted elsewhere as a plain number, since it happens for every message. */
export function readCounter(spec: MetricSpec, read: () => number): void {
  new Counter({
    ...spec,
    collect() {
      this.reset();
      this.inc(read());
    },
  });
}

/** 1 for each check of readiness that passes, 0 for each that fails. `read`: as in the report of `Readiness`. */
export function readChecks(spec: MetricSpec, read: () => Promise<Readonly<Record<string, 'ok' | 'error'>>>): void {
  new Gauge({
    ...spec,
    labelNames: ['check'],
    async collect() {
      for (const [check, result] of Object.entries(await read())) this.set({ check }, result === 'ok' ? 1 : 0);
    },
  });
}

/** A counter of which every value of its one label is there from the start, so that its first increase shows. */
export function countBy<L extends string>(spec: MetricSpec, label: L, values: readonly string[]): Counter<L> {
  const counter = new Counter<L>({ ...spec, labelNames: [label] });
  for (const value of values) counter.inc({ [label]: value } as Record<L, string>, 0);
  return counter;
}

export interface HistogramSpec extends MetricSpec {
  /** Upper bounds, ascending. */
  buckets: readonly number[];
}

/** What a histogram counts under one set of labels: observing costs some additions. */
export class HistogramSeries {
  private readonly counts: Float64Array;
  private sum = 0;

  constructor(
    private readonly buckets: readonly number[],
    private readonly labels: Readonly<Record<string, string>> = {},
  ) {
    this.counts = new Float64Array(buckets.length + 1);
  }

  observe(value: number): void {
    const { buckets } = this;
    let at = 0;
    while (at < buckets.length && value > (buckets[at] ?? 0)) at++;
    this.counts[at] = (this.counts[at] ?? 0) + 1;
    this.sum += value;
  }

  /** As prom-client's histograms have them. */
  values(name: string): object[] {
    const { buckets, labels } = this;
    let count = 0;
    const values = [...buckets.map(String), '+Inf'].map((le, at) => ({
      metricName: `${name}_bucket`,
      labels: { le, ...labels },
      value: (count += this.counts[at] ?? 0),
    }));
    const totals = [
      { metricName: `${name}_sum`, labels, value: this.sum },
      { metricName: `${name}_count`, labels, value: count },
    ];
    return [...values, ...totals];
  }
}

/** What a registry asks of a metric are its name and `get`. */
function registerHistogram({ registers, name, help }: HistogramSpec, all: () => Iterable<HistogramSeries>): void {
  const get = () => {
    const values = [...all()].flatMap((series) => series.values(name));
    return Promise.resolve({ name, help, type: 'histogram', aggregator: 'sum', values });
  };
  for (const register of registers) register.registerMetric({ name, get } as unknown as Metric);
}

/** A histogram without labels for what happens for every message; prom-client's own looks up its labels each time. */
export class QuickHistogram extends HistogramSeries {
  constructor(spec: HistogramSpec) {
    super(spec.buckets);
    registerHistogram(spec, () => [this]);
  }
}

/** The same with labels: whoever observes often keeps the series. */
export class HistogramBy<L extends string> {
  private readonly all = new Map<string, HistogramSeries>();

  constructor(private readonly spec: HistogramSpec) {
    registerHistogram(spec, () => this.all.values());
  }

  /** The one series of these labels. They are shown in this order: give them in the same each time. */
  of(labels: Readonly<Record<L, string>>): HistogramSeries {
    const key = JSON.stringify(labels);
    const found = this.all.get(key) ?? new HistogramSeries(this.spec.buckets, labels);
    this.all.set(key, found);
    return found;
  }
}

/** Costly to count where there are many sockets, and no help. */
const NOT_SHOWN = 'nodejs_active_';

let ofProcess: Registry | undefined;

/**
 * CPU, memory, file descriptors, event loop, garbage collection. They are the process's: there is one set of them, however
 * many services begin and end in it, since what measures them can't be ended.
 */
function processMetrics(): Registry {
  if (ofProcess) return ofProcess;
  ofProcess = new Registry();
  collectDefaultMetrics({ register: ofProcess });
  for (const { name } of ofProcess.getMetricsAsArray())
    if (name.startsWith(NOT_SHOWN)) ofProcess.removeSingleMetric(name);
  if (process.platform === 'linux') replaceOpenFiles(ofProcess);
  return ofProcess;
}

const OPEN_FILES = '/proc/self/fd';

/** prom-client lists them all, some 10 ms for each 10,000 sockets; Linux from 6.2 on tells their number. */
function replaceOpenFiles(registry: Registry): void {
  registry.removeSingleMetric('process_open_fds');
  readGauge(
    { registers: [registry], name: 'process_open_fds', help: 'Number of open file descriptors.' },
    () => statSync(OPEN_FILES).size || readdirSync(OPEN_FILES).length - 1,
  );
}

/** All metrics of a service and of its process, in Prometheus' text format. */
export const metricsText = (own: Registry): Promise<string> => Registry.merge([processMetrics(), own]).metrics();
