/** Prometheus' text format as a test reads it. */

export interface ReadMetric {
  type: string;
  help: string;
  /** By labels as they are written, e.g. `{code="1000"}`; empty for none. Of a histogram those of its parts, too. */
  samples: Map<string, number>;
}

/** All metrics of a page, by name; the parts of a histogram belong to it, under their names: `_count`, `_bucket{le="1"}`. */
export function readMetrics(text: string): Map<string, ReadMetric> {
  const metrics = new Map<string, ReadMetric>();
  let name = '';
  for (const line of text.split('\n')) {
    const [, kind, about = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (kind === 'HELP') metrics.set((name = about), { type: '', help: rest, samples: new Map() });
    const metric = metrics.get(name);
    if (!metric) continue;
    if (kind === 'TYPE') metric.type = rest;
    else if (line !== '' && !line.startsWith('#')) addSample(metric, line.slice(name.length));
  }
  return metrics;
}

function addSample({ samples }: ReadMetric, sample: string): void {
  const at = sample.lastIndexOf(' ');
  samples.set(sample.slice(0, at), Number(sample.slice(at + 1)));
}

/** Scrapes a page as Prometheus does. */
export async function scrape(url: string): Promise<Map<string, ReadMetric>> {
  return readMetrics(await (await fetch(url)).text());
}

/** The metrics that a page of the docs lists: rows of name, type and meaning, as the text format tells them. */
export function documentedMetrics(markdown: string, prefix: string): { name: string; type: string; help: string }[] {
  const rows = markdown.matchAll(/^\| `(\w+)` +\| (\w+) +\| [^|]*\| (.*?) +\|$/gm);
  return Array.from(rows, ([, name = '', type = '', help = '']) => ({ name, type, help })).filter(({ name }) =>
    name.startsWith(prefix),
  );
}
