// `npm run audit`: tells which packages that ship have known vulnerabilities. Reports only: exits with 0 whatever it finds,
// and says so where nobody could be asked.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const cwd = fileURLToPath(new URL('..', import.meta.url));
const { stdout, error } = spawnSync('npm', ['audit', '--omit=dev', '--json'], {
  cwd,
  encoding: 'utf8',
  timeout: 60_000,
});
console.log(`Dependency audit: ${error ? `not done: ${error.message}` : summary(stdout)}`);
console.log(
  'Not looked at: what the images hold besides; npm run scan:images looks at their Debian packages (docs/security.md).',
);

function summary(text) {
  let report;
  try {
    report = JSON.parse(text);
  } catch {
    return 'not done: npm gave no report';
  }
  const counts = report.metadata?.vulnerabilities;
  if (!counts) return `not done: ${report.message ?? report.error?.summary ?? 'npm gave no report'}`;
  const found = Object.values(report.vulnerabilities ?? {});
  const lines = found.map(({ name, severity, range }) => `  ${severity}: ${name} ${range}`);
  return [`${counts.total} of the packages that ship have known vulnerabilities`, ...lines].join('\n');
}
