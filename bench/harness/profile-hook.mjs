// Loaded into a Node process that is profiled: SIGUSR2 begins a CPU profile, and the next one writes it to PROFILE_FOLDER.
import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';

const session = new Session();
session.connect();
session.post('Profiler.enable');
session.post('Profiler.setSamplingInterval', { interval: 500 });
let running = false;
let written = 0;

process.on('SIGUSR2', () => {
  running = !running;
  if (running) session.post('Profiler.start');
  else session.post('Profiler.stop', (_error, { profile }) => keep(profile));
});

function keep(profile) {
  written += 1;
  const name = process.argv[1]
    .split('/')
    .slice(-3)
    .join('-')
    .replace(/[^\w-]/g, '-');
  writeFileSync(`${process.env.PROFILE_FOLDER}/${name}-${process.pid}-${written}.cpuprofile`, JSON.stringify(profile));
}
