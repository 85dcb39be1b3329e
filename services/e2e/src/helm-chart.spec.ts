/** The Helm chart and the services know the same settings, ports and paths. What it renders is checked by tools/check-chart.mjs. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { REPO_ROOT } from '@wscm/system';
import { documentedDefault, documentedSettings, textOf } from './documented-settings';

const CHART = 'deploy/helm/websocket-client-manager';

interface Names {
  properties: Record<string, unknown>;
}
interface ValuesSchema {
  properties: {
    settings: Names;
    gateway: { properties: { settings: Names; secrets: Names } };
    registry: { properties: { settings: Names; secrets: Names } };
  };
}

const { properties: values } = JSON.parse(textOf(`${CHART}/values.schema.json`)) as ValuesSchema;
const templates = readdirSync(join(REPO_ROOT, CHART, 'templates')).map((file) => textOf(`${CHART}/templates/${file}`));

/** A secret is given by a file: NATS_URL as NATS_URL_FILE. */
const withoutFile = (name: string): string => name.replace(/(?<!BASIC|CERT|TLS_KEY)_FILE$/, '');

test.each(['gateway', 'registry'] as const)('every setting of the %s can be given, and nothing else', (service) => {
  const { settings, secrets } = values[service].properties;
  const given = new Set([...Object.keys(settings.properties), ...Object.keys(secrets.properties)]);
  const known = new Set(documentedSettings(service).filter(isOfThePods).map(withoutFile));
  expect(known.size).toBeGreaterThan(10);
  expect([...given].sort()).toEqual([...known].sort());
});

/** The chart takes any OTEL_…, whose names are OpenTelemetry's. */
const isOfThePods = (name: string): boolean => !name.startsWith('OTEL_');

test('what is given for both services is a setting of both', () => {
  const both = documentedSettings('both');
  const given = Object.keys(values.settings.properties);
  expect(given).toContain('NATS_URL');
  expect(given.filter((name) => !both.includes(name))).toEqual([]);
});

test.each(['GATEWAY_PORT', 'GATEWAY_ADMIN_PORT', 'REGISTRY_PORT', 'DRAIN_TIMEOUT_MS'])(
  'the chart takes the default of %s that the service takes',
  (setting) => {
    const defaults = templates.flatMap((text) => [
      ...text.matchAll(new RegExp(`\\.${setting} \\| default (\\d+)`, 'g')),
    ]);
    expect(defaults.map(([, value]) => value)).toEqual([documentedDefault(setting)]);
  },
);

test('every setting that a template names is one', () => {
  const known = new Set([...documentedSettings('gateway'), ...documentedSettings('registry')]);
  const named = templates.flatMap((text) => text.match(/\b[A-Z]{2,}(_[A-Z]+)+\b/g) ?? []);
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((name) => !known.has(name))).toEqual([]);
});

test('the probes ask for paths that are documented of both ports', () => {
  const paths = templates.flatMap((text) => [...text.matchAll(/httpGet: \{ path: (\S+),/g)].map(([, path]) => path));
  expect(paths).toEqual(['/healthz', '/healthz', '/readyz']);
  const rows = ['GATEWAY_ADMIN_PORT', 'REGISTRY_PORT'].map((port) =>
    textOf('README.md')
      .split('\n')
      .find((line) => line.startsWith(`| \`${port}\``)),
  );
  for (const row of rows) for (const path of paths) expect(row).toContain(`\`${path ?? ''}\``);
});
