// Loaded into a Node process that is profiled, and into each of its threads: SIGUSR2 begins CPU profiles of all of them, and
// the next one writes them to PROFILE_FOLDER. Only the main thread hears signals, and tells the others.
import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { BroadcastChannel, isMainThread, threadId } from 'node:worker_threads';

const session = new Session();
session.connect();
session.post('Profiler.enable');
session.post('Profiler.setSamplingInterval', { interval: 500 });
const threads = new BroadcastChannel('profiles');
threads.unref();
let running = false;
let written = 0;

function toggle() {
  running = !running;
  if (running) session.post('Profiler.start');
  else session.post('Profiler.stop', (_error, { profile }) => keep(profile));
}

if (isMainThread)
  process.on('SIGUSR2', () => {
    threads.postMessage('toggle');
    toggle();
  });
else threads.onmessage = toggle;

function keep(profile) {
  written += 1;
  const [, script, role = ''] = process.argv;
  const name = `${script.split('/').slice(-3).join('-')}-${role}`.replace(/[^\w-]/g, '-').replace(/-$/, '');
  const thread = isMainThread ? '' : `-thread-${threadId}`;
  writeFileSync(
    `${process.env.PROFILE_FOLDER}/${name}-${process.pid}${thread}-${written}.cpuprofile`,
    JSON.stringify(profile),
  );
}
