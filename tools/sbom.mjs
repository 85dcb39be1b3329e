// `npm run sbom`: prints the software bill of materials (CycloneDX) of what ships: the gateway, the registry, the
// console that it serves, and all that they need.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const cwd = fileURLToPath(new URL('..', import.meta.url));
const shipped = ['gateway', 'registry', 'console'].map((name) => `--workspace=@wscm/${name}`);
const { status } = spawnSync('npm', ['sbom', '--sbom-format=cyclonedx', '--omit=dev', ...shipped], {
  cwd,
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
