/** What every scenario needs: a contender with connected clients, and a measured piece of load. */
/* global performance, setTimeout */
import { startContender } from './contenders.mjs';
import { LoadGenerator } from './load-generator.mjs';
import { startMeter } from './meter.mjs';
import { startPerf } from './perf.mjs';

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Starts the contender and a load generator, hands both to `work`, and ends both in any case. */
export async function withContender(name, wanted, work) {
  const contender = { ...(await startContender(name, wanted)), profileTo: wanted.profileTo };
  const load = await LoadGenerator.start();
  try {
    return await work(contender, load);
  } finally {
    await load.stop();
    await contender.stop();
  }
}

/** Where clients come from: a loopback address has about 28,000 ports for one server. */
const SOURCES = 4;

/** Connects clients as group `all`; throws where one is not ready. */
export async function connectAll(contender, load, count, options = {}) {
  const { urls, dialect } = contender;
  const result = await load.run('connect', {
    group: 'all',
    urls,
    dialect,
    count,
    sources: SOURCES,
    inFlight: 64,
    timeoutMs: 120_000,
    ...options,
  });
  const { ready, failed, why } = result;
  if (ready !== count)
    throw new Error(`${contender.name}: ${ready} of ${count} connected, ${failed} failed: ${JSON.stringify(why)}`);
  return result;
}

/** No Node processes: they would end at the signal. */
const NATIVE = ['centrifuge', 'nchan'];

/** Begins a CPU profile of every Node process and its threads, or ends it; see `profile-hook.mjs`. */
function toggleProfiles({ groups }) {
  for (const pid of [...groups.front, ...(groups.registry ?? [])]) process.kill(pid, 'SIGUSR2');
}

/** With `profileTo`, profiles the work: Node processes by themselves, and those that hold the sockets by perf, too. */
async function profiled({ name, groups, profileTo }, work) {
  if (!profileTo) return work();
  const perf = await startPerf(groups.front, `${profileTo}/${name}-${Date.now()}.perf`);
  if (!NATIVE.includes(name)) toggleProfiles({ groups });
  const result = await work();
  await perf.stop();
  if (!NATIVE.includes(name)) toggleProfiles({ groups });
  // A profile takes a moment to be written.
  await pause(PROFILE_MS);
  return result;
}

/** Runs the work and tells what it used. */
export async function metered(contender, load, work) {
  return profiled(contender, async () => {
    const stop = startMeter({ ...contender.groups, load: [load.pid] }, load.threads);
    const result = await work();
    return { result, usage: stop() };
  });
}

const PROFILE_MS = 2_000;
const US = 1e6;
const MB = 1_048_576;

/** The figures that every measurement has: CPU per unit of work, memory, and whether the load generator was at its limit. */
export function usageValues(usage, units) {
  const cpu = Object.entries(usage.cpu).filter(([name]) => name !== 'load');
  const rss = Object.entries(usage.rss).filter(([name]) => name !== 'load');
  return {
    units,
    seconds: usage.seconds,
    ...Object.fromEntries(cpu.map(([name, seconds]) => [`cpuUs.${name}`, (seconds * US) / units])),
    'cpuUs.total': (usage.serverCpu * US) / units,
    ...Object.fromEntries(rss.map(([name, bytes]) => [`rssMb.${name}`, bytes / MB])),
    loadShare: usage.loadShare,
    idleShare: usage.idleShare,
  };
}

export const latencyValues = ({ p50, p95, p99, max }) => ({ p50, p95, p99, max });

/** What is wrong with arrivals, as the load generator's `wait` tells them. */
export function arrivalFaults({ expected, received, incompleteClients, duplicates, strange, lost, why }) {
  const faults = [];
  if (received !== expected) faults.push(`${received} of ${expected} messages arrived`);
  if (incompleteClients > 0) faults.push(`${incompleteClients} clients did not get each message once`);
  if (duplicates > 0) faults.push(`${duplicates} messages arrived twice`);
  if (strange > 0) faults.push(`${strange} frames are no messages`);
  if (lost > 0) faults.push(`${lost} connections were lost: ${JSON.stringify(why)}`);
  return faults;
}

/** What is wrong with answers over HTTP or NATS. */
export function answerFaults({ statuses }, expected) {
  const good = Object.entries(statuses ?? {}).reduce((sum, [status, n]) => (status[0] === '2' ? sum + n : sum), 0);
  return good === expected ? [] : [`${good} of ${expected} requests were answered well: ${JSON.stringify(statuses)}`];
}

/** Asks until the answer is good, and tells how long it took, in seconds; throws at the deadline. */
export async function until(condition, what, { deadlineMs = 120_000, everyMs = 20 } = {}) {
  const start = performance.now();
  for (;;) {
    if (await condition()) return (performance.now() - start) / 1000;
    if (performance.now() - start > deadlineMs) throw new Error(`${what}: not within ${deadlineMs / 1000} s`);
    await pause(everyMs);
  }
}
