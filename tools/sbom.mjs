// `npm run sbom`: prints the software bill of materials (CycloneDX) of what ships: the gateway, the registry and all that
// they need.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const cwd = fileURLToPath(new URL('..', import.meta.url));
const shipped = ['--workspace=@wscm/gateway', '--workspace=@wscm/registry', '--omit=dev'];
const { status } = spawnSync('npm', ['sbom', '--sbom-format=cyclonedx', ...shipped], { cwd, stdio: 'inherit' });
process.exitCode = status ?? 1;
