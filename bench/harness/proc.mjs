/** What processes have used, as /proc tells it: CPU time and resident memory, of the given processes and all below them. */
import { readdirSync, readFileSync } from 'node:fs';

const TICKS_A_SECOND = 100;

const read = (path) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // it has ended meanwhile
  }
};

/** Of `/proc/<pid>/stat`, what follows the name, which may hold anything. */
function statOf(pid) {
  const text = read(`/proc/${pid}/stat`);
  return text === '' ? null : text.slice(text.lastIndexOf(')') + 2).split(' ');
}

/** The processes and all that they have started, directly or not. */
export function withDescendants(pids) {
  const parents = new Map();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = statOf(Number(name));
    if (stat) parents.set(Number(name), Number(stat[1]));
  }
  const all = new Set(pids);
  const before = () => all.size;
  for (let size = 0; size !== before();) {
    size = all.size;
    for (const [pid, parent] of parents) if (all.has(parent)) all.add(pid);
  }
  return [...all];
}

/** User and system time so far, in seconds, of children that ended, too. */
export function cpuSeconds(pids) {
  const ticks = pids.map((pid) => {
    const stat = statOf(pid);
    return stat ? stat.slice(11, 15).reduce((sum, field) => sum + Number(field), 0) : 0;
  });
  return ticks.reduce((sum, each) => sum + each, 0) / TICKS_A_SECOND;
}

/** Resident memory now, in bytes. */
export function rssBytes(pids) {
  const kib = pids.map((pid) => Number(/VmRSS:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0));
  return kib.reduce((sum, each) => sum + each, 0) * 1024;
}

/** Seconds that all cores together have been idle, and their number. */
export function machineIdle() {
  const lines = read('/proc/stat').split('\n');
  const [, , , , idle, ioWait] = lines[0].split(/\s+/).map(Number);
  return { idleSeconds: (idle + ioWait) / TICKS_A_SECOND, cores: lines.filter((line) => /^cpu\d/.test(line)).length };
}
