/** What processes have used, as /proc tells it: CPU time and resident memory, of the given processes and all below them. */
import { readdirSync, readFileSync } from 'node:fs';

const TICKS_A_SECOND = 100;
const NS_A_SECOND = 1e9;
/** User and system time are rounded to ticks, each. */
const ROUNDING_S = 2 / TICKS_A_SECOND;

/** What has ended meanwhile has nothing. */
const orElse = (get, nothing) => {
  try {
    return get();
  } catch {
    return nothing;
  }
};
const read = (path) => orElse(() => readFileSync(path, 'utf8'), '');
const list = (path) => orElse(() => readdirSync(path), []);

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

/**
 * What the processes have used so far, for `cpuSecondsBetween`: of each one its time in ticks, that of threads and children
 * that have ended included, and of each of its threads the time in nanoseconds.
 */
export const cpuOf = (pids) => new Map(pids.map((pid) => [pid, { ticks: ticksOf(pid), threads: threadsOf(pid) }]));

/**
 * User and system time in seconds. A tick is 10 ms, which is much for a short measurement over many processes; so threads
 * are asked. Where ticks tell clearly more, threads or children have ended meanwhile, or the kernel does not count so finely.
 */
export function cpuSecondsBetween(before, after) {
  let seconds = 0;
  for (const [pid, { ticks, threads }] of after) {
    const old = before.get(pid);
    const exact =
      [...threads].reduce((sum, [thread, ns]) => sum + ns - (old.threads.get(thread) ?? 0), 0) / NS_A_SECOND;
    const inTicks = (ticks - old.ticks) / TICKS_A_SECOND;
    seconds += inTicks - exact > ROUNDING_S ? inTicks : exact;
  }
  return seconds;
}

function ticksOf(pid) {
  const stat = statOf(pid);
  return stat ? stat.slice(11, 15).reduce((sum, field) => sum + Number(field), 0) : 0;
}

function threadsOf(pid) {
  const threads = new Map();
  for (const thread of list(`/proc/${pid}/task`)) {
    const time = read(`/proc/${pid}/task/${thread}/schedstat`);
    if (time !== '') threads.set(thread, Number(time.split(' ')[0]));
  }
  return threads;
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
