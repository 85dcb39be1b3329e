/** Measures what groups of processes use between two moments. */
/* global performance */
import { cpuOf, cpuSecondsBetween, machineIdle, rssBytes, withDescendants } from './proc.mjs';

/**
 * @typedef {object} Usage
 * @property {number} seconds that passed
 * @property {Record<string, number>} cpu seconds of CPU time of each group
 * @property {Record<string, number>} rss bytes of each group at the end
 * @property {number} serverCpu of all groups but `load`
 * @property {number} loadShare CPU of the load generator over the time that its threads had; it was the bottleneck near 1
 * @property {number} idleShare of the whole machine
 */

/**
 * @param {Record<string, number[]>} groups process ids; the group `load` is the load generator
 * @param {number} loadThreads
 * @returns {() => Usage} to be called at the end
 */
export function startMeter(groups, loadThreads) {
  const pids = Object.fromEntries(Object.entries(groups).map(([name, of]) => [name, withDescendants(of)]));
  const names = Object.keys(pids);
  const read = () => ({
    at: performance.now(),
    cpu: names.map((name) => cpuOf(pids[name])),
    idle: machineIdle(),
  });
  const before = read();
  return () => {
    const after = read();
    const seconds = (after.at - before.at) / 1000;
    const cpu = Object.fromEntries(names.map((name, i) => [name, cpuSecondsBetween(before.cpu[i], after.cpu[i])]));
    const rss = Object.fromEntries(names.map((name) => [name, rssBytes(pids[name])]));
    const serverCpu = names.filter((name) => name !== 'load').reduce((sum, name) => sum + cpu[name], 0);
    const idleShare = (after.idle.idleSeconds - before.idle.idleSeconds) / (seconds * after.idle.cores);
    return { seconds, cpu, rss, serverCpu, loadShare: cpu.load / (seconds * loadThreads), idleShare };
  };
}
