/** Connections that say nothing: what they take. */
import { connectAll, pause, usageValues, withContender } from '../harness/measure.mjs';
import { startMeter } from '../harness/meter.mjs';
import { rssBytes, withDescendants } from '../harness/proc.mjs';

const SIZES = { full: { clients: 15_000, settleMs: 15_000 }, quick: { clients: 2_000, settleMs: 2_000 } };
const KB = 1024;

export default {
  title: 'Idle connections',
  counts:
    'Open connections; all must still be open at the end. Resident memory of the processes that hold the sockets, less what it was before the first connection. CPU is what an idle connection takes in a second.',
  contenders: ['uws', 'wscm', 'ws', 'socketio', 'centrifuge', 'nchan'],
  main: 'kbPerConnection',
  unit: 'KB of resident memory a connection',
  goals: [{ text: 'at most 4 KB a connection in the gateway', value: 'kbPerConnection', atMost: 4 }],

  setups: (size) => [SIZES[size]],

  run: ({ clients, settleMs }, name, { profileTo }) =>
    withContender(name, { profileTo }, async (contender, load) => {
      const front = withDescendants(contender.groups.front);
      await pause(1_000);
      const before = rssBytes(front);
      await connectAll(contender, load, clients);
      await pause(settleMs);
      const rss = rssBytes(front);
      const stop = startMeter({ ...contender.groups, load: [load.pid] }, load.threads);
      await pause(settleMs);
      const usage = stop();
      const { ready } = await load.run('stats', { group: 'all' });
      await load.run('drop', { group: 'all' });
      const values = { ...usageValues(usage, clients * usage.seconds), kbPerConnection: (rss - before) / clients / KB };
      const faults = ready === clients ? [] : [`${ready} of ${clients} connections are open`];
      return [{ case: `${clients} connections`, values, faults }];
    }),
};
