/** Alert rules and dashboard: what they ask of Prometheus is what the services show, as docs/metrics.md lists it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPO_ROOT } from '@wscm/system';
import { documentedMetrics, hasPromtool, promtool } from '@wscm/testing';

const read = (path: string): string => readFileSync(join(REPO_ROOT, path), 'utf8');
const RULES = 'deploy/prometheus/rules.yml';

const documented = documentedMetrics(read('docs/metrics.md'), '');
/** Also the parts of histograms, and what Prometheus itself makes. */
const known = new Set([
  'up',
  'ALERTS',
  ...documented.flatMap(({ name, type }) =>
    type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  ),
]);

/** The metrics in an expression: names that are no function, no label and no keyword. */
function metricsIn(expression: string): string[] {
  const bare = expression
    .replace(/"[^"]*"/g, '""')
    .replace(/\b(by|without|on|ignoring|group_left|group_right) *\([^)]*\)/g, '')
    .replace(/\{[^}]*\}/g, '')
    .replace(/\[[^\]]*\]/g, '');
  const words = bare.match(/[a-zA-Z_:][\w:]*(?! *\()\b/g) ?? [];
  return words.filter((word) => !['and', 'or', 'unless', 'bool', 'offset'].includes(word));
}

/** One `expr` a rule, in one line or in several after `|-`. */
const rules = read(RULES)
  .split(/^ +- alert: /m)
  .slice(1)
  .map((rule) => ({
    name: /^\w+/.exec(rule)?.[0] ?? '',
    expression: /^ +expr: (?:\|-\n((?: {10}.*\n)+)|(.*)\n)/m.exec(rule)?.slice(1).join('') ?? '',
    runbook: /runbook_url: (.*)/.exec(rule)?.[1],
  }));

interface Panel {
  title: string;
  type: string;
  targets?: { expr: string }[];
}
const { panels } = JSON.parse(read('deploy/grafana/dashboards/wscm.json')) as { panels: Panel[] };

test('names are found in an expression', () => {
  const expression =
    'sum by (le, a) (rate(x_bucket{route!~"/y|z"}[$__rate_interval])) / on () max(b_c) > 0.05 or vector(0)';
  expect(metricsIn(expression)).toEqual(['x_bucket', 'b_c']);
});

describe('alert rules', () => {
  test('there are some, each under a name of its own', () => {
    expect(rules.length).toBeGreaterThan(15);
    expect(new Set(rules.map(({ name }) => name)).size).toBe(rules.length);
  });

  test.each(rules)('$name asks for what is there, and tells where to read on', ({ name, expression, runbook }) => {
    const metrics = metricsIn(expression);
    expect(metrics).not.toEqual([]);
    expect(metrics.filter((metric) => !known.has(metric))).toEqual([]);
    expect(runbook).toBe(`docs/operations.md#${name.toLowerCase()}`);
    expect(read('docs/operations.md')).toContain(`\n### ${name}\n`);
  });

  const withPromtool = hasPromtool() ? test : test.skip;
  withPromtool.each([
    [['check', 'rules', RULES]],
    [['check', 'config', '--syntax-only', 'deploy/prometheus/prometheus.yml']],
    [['test', 'rules', 'deploy/prometheus/rules.test.yml']],
  ])('promtool %j finds no fault', (args) => {
    const [file = '', ...rest] = args.toReversed();
    expect(promtool([...rest.toReversed(), join(REPO_ROOT, file)])).toEqual({ faults: '' });
  });
});

describe('the dashboard', () => {
  const shown = panels.filter(({ type }) => type !== 'row');

  test.each(shown)('$title asks for what is there', ({ targets = [] }) => {
    const metrics = targets.flatMap(({ expr }) => metricsIn(expr));
    expect(metrics).not.toEqual([]);
    expect(metrics.filter((metric) => !known.has(metric))).toEqual([]);
  });

  test('shows every metric of the services but what says which build it is', () => {
    const asked = new Set(shown.flatMap(({ targets = [] }) => targets.flatMap(({ expr }) => metricsIn(expr))));
    const left = documented
      .filter(({ name }) => name.startsWith('wscm_') && !name.endsWith('_build_info'))
      .filter(({ name }) => ![name, `${name}_bucket`, `${name}_count`].some((part) => asked.has(part)));
    expect(left.map(({ name }) => name)).toEqual([
      'wscm_gateway_outbox_events',
      'wscm_gateway_sends_total',
      'wscm_gateway_broadcasts_total',
    ]);
  });
});
