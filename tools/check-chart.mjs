// Checks the Helm chart: lints it, renders it with every file of values in its folder ci, and checks what comes out against
// the schemas of Kubernetes. Exits with 1 where something is wrong; says what could not be checked on this machine.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findHelm, findValidator, NotHere } from './chart/programs.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CHART = join(ROOT, 'deploy/helm/websocket-client-manager');
/** The oldest Kubernetes of Chart.yaml's kubeVersion, and the newest one that there are schemas of. */
const KUBERNETES = ['1.27.0', '1.37.0'];
/** Values that would start nothing, or lose something, and the words by which they are refused. */
const REFUSED = [
  [[], 'MONGODB_URL has to be set'],
  [['gateway.settings.IDLE_TIMEOUT=60'], "additional properties 'IDLE_TIMEOUT' not allowed"],
  [['gateway.terminationGracePeriodSeconds=30'], 'gateway.terminationGracePeriodSeconds=30 is too short'],
  [['gateway.ingress.enabled=true'], 'gateway.ingress.hosts has to be set'],
  [['registry.settings.REGISTRY_AUTH=key'], 'registry.secrets.REGISTRY_API_KEYS'],
];

const scratch = mkdtempSync(join(tmpdir(), 'chart-'));
const faults = [];
try {
  const helm = findHelm(ROOT);
  const rendered = readdirSync(join(CHART, 'ci')).map((values) => render(helm, values));
  for (const [settings, words] of REFUSED) expectRefusal(helm, settings, words);
  validate(rendered);
} catch (error) {
  if (!(error instanceof NotHere)) throw error;
  console.log(`Not checked: the Helm chart. ${error.message}`);
} finally {
  rmSync(scratch, { recursive: true });
}
for (const fault of faults) console.error(fault);
process.exit(faults.length === 0 ? 0 : 1);

/** Answers the file with what comes out. */
function render(helm, values) {
  const withValues = ['--values', join(CHART, 'ci', values)];
  run(values, helm, ['lint', '--strict', '--quiet', CHART, ...withValues]);
  const file = join(scratch, values);
  const text = run(values, helm, ['template', 'test', CHART, ...withValues]);
  writeFileSync(file, text);
  if (!endsInOrder(text)) faults.push(`${values}: a gateway is killed before DRAIN_TIMEOUT_MS and preStop are over`);
  return file;
}

/** The gateway is the pod that has a port `websocket`. */
function endsInOrder(text) {
  const gateway = text.split('\n---\n').find((part) => /kind: Deployment[^]*name: websocket/.test(part)) ?? '';
  const number = (pattern, otherwise) => Number(pattern.exec(gateway)?.[1] ?? otherwise);
  const graceS = number(/terminationGracePeriodSeconds: (\d+)/, 0);
  const preStopS = number(/command: \[sleep, "(\d+)"\]/, Infinity);
  const drainMs = number(/name: DRAIN_TIMEOUT_MS\s+value: "(\d+)"/, 25_000);
  return graceS * 1_000 > preStopS * 1_000 + drainMs;
}

function expectRefusal(helm, settings, words) {
  const minimal = settings.length === 0 ? [] : ['--values', join(CHART, 'ci/minimal-values.yaml')];
  const args = ['template', 'test', CHART, ...minimal, ...settings.flatMap((each) => ['--set', each])];
  const { status, stderr } = spawnSync(helm, args, { encoding: 'utf8' });
  if (status === 0 || !stderr.includes(words))
    faults.push(`${settings.join() || 'no values'}: not refused by "${words}"`);
}

/** Of custom resources (PodMonitor, PrometheusRule) there are no schemas. */
function validate(files) {
  const [python, env] = findValidator(ROOT);
  const args = (version) => ['-m', 'kubernetes_validate', '--strict', '--quiet', '--no-warn', '-k', version, ...files];
  for (const version of KUBERNETES) run(`schemas of Kubernetes ${version}`, python, args(version), env);
}

function run(what, program, args, env = process.env) {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', env });
  if (status !== 0) faults.push(`${what}: ${`${stdout}${stderr}`.trim()}`);
  return stdout;
}
