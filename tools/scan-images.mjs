// `npm run scan:images`: what Debian has mended since the images were built, and what in them somebody who got in could use.
// Needs Docker and the images (`docker compose build`). Reports only: exits with 0 whatever it finds, and with 2 where it
// could not look.
import { spawnSync } from 'node:child_process';

const IMAGES = ['wscm-gateway', 'wscm-registry'];
const TIMEOUT_MS = 300_000;

/** Run as root in a container that is thrown away; each line of its answer begins with what it is about. */
const SCRIPT = `
  apt-get update -qq >/dev/null 2>&1 && apt-get -s upgrade | sed -n 's/^Inst /update /p' || echo unreachable
  find / -xdev -type f \\( -perm -4000 -o -perm -2000 \\) | sed 's/^/setuid /'
  find /app -xdev \\( -user node -o -perm -0002 \\) ! -type l | sed 's/^/writable /'
`;

let looked = true;
for (const image of IMAGES) {
  const lines = linesOf(image);
  if (lines) report(image, lines);
  else looked = false;
}
process.exit(looked ? 0 : 2);

/** Null where the image can't be run. */
function linesOf(image) {
  const args = ['run', '--rm', '--network=host', '--user=0', '--entrypoint=sh', `${image}:latest`, '-c', SCRIPT];
  const { status, stdout, stderr, error } = spawnSync('docker', args, { encoding: 'utf8', timeout: TIMEOUT_MS });
  if (status === 0) return stdout.split('\n').filter(Boolean);
  console.log(`${image}: not looked at: ${error?.message ?? stderr.trim().split('\n').at(-1)}`);
  return null;
}

function report(image, lines) {
  const about = (what) =>
    lines.filter((line) => line.startsWith(`${what} `)).map((line) => line.slice(what.length + 1));
  const [user] = spawnSync('docker', ['inspect', '--format={{.Config.User}}', image], {
    encoding: 'utf8',
  }).stdout.split('\n');
  const updates = lines.includes('unreachable') ? 'unknown: its mirror did not answer' : about('update').length;
  console.log(`${image}: runs as ${user || 'root'}`);
  console.log(`  packages with an update in Debian: ${updates}; docker compose build --pull takes a newer base image`);
  for (const update of about('update')) console.log(`    ${update.replace(/ \[amd64\]\)$/, ')')}`);
  console.log(`  programs that change the user: ${about('setuid').length}; no-new-privileges takes their effect away`);
  console.log(`  files of ours that the user may change: ${about('writable').length}`);
}
