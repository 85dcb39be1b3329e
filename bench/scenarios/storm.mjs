/** Everybody connects at once, then everybody drops at once and comes back. */
/* global performance */
import { countLive, withClients } from '../harness/documents.mjs';
import { connectAll, latencyValues, metered, pause, until, usageValues, withContender } from '../harness/measure.mjs';

const SIZES = { full: { clients: 15_000 }, quick: { clients: 1_500 } };
const IN_FLIGHT = 256;
/** Clients that come and go before: servers have most often run for a while when a storm comes, and compiled their code. */
const WARM_UP = 1_000;

export default {
  title: 'Connect storm',
  counts:
    'Connections, after 1,000 clients have come and gone, from the first until all are ready and, where there is a database, listed in it; nobody may be refused. `listedAfterMs`: from the last connection that is ready to the last that is listed. "again": all drop at once, without a close frame, and connect again.',
  contenders: ['uws', 'wscm', 'ws', 'socketio', 'centrifuge', 'nchan', 'monolith'],
  main: 'cpuUs.total',
  unit: 'µs of CPU a connection, all processes',
  goals: [
    {
      text: "gateway's CPU a connection at most 4 × raw uWebSockets.js",
      value: 'cpuUs.front',
      against: 'uws',
      atMost: 4,
    },
    { text: "CPU of everything at most 1.5 × Socket.IO's", value: 'cpuUs.total', against: 'socketio', atMost: 1.5 },
    { text: 'all listed within a second of the last connect', value: 'listedAfterMs', atMost: 1_000 },
  ],

  setups: (size) => [SIZES[size]],

  run: ({ clients: count }, name, { profileTo }) =>
    withContender(name, { profileTo }, async (contender, load) => {
      const context = { contender, load, count };
      await connectAll(contender, load, WARM_UP, { group: 'before' });
      await load.run('drop', { group: 'before' });
      await pause(2_000);
      const first = await measure(context, () => undefined);
      await pause(2_000);
      const again = await measure(context, () => load.run('drop', { group: 'all' }));
      await load.run('drop', { group: 'all' });
      return [
        { case: `${count} clients, first`, ...first },
        { case: `${count} clients, again`, ...again },
      ];
    }),
};

async function measure({ contender, load, count }, prepare) {
  const since = new Date();
  const { result, usage } = await metered(contender, load, async () => {
    await prepare();
    const connected = await connectAll(contender, load, count, { inFlight: IN_FLIGHT });
    return { ...connected, ...(contender.mongodbUrl ? await listed(contender, count, since) : {}) };
  });
  const { latency, seconds, listedAfterMs, faults = [] } = result;
  return {
    values: {
      ...usageValues(usage, count),
      ...latencyValues(latency),
      connectedPerSecond: count / seconds,
      ...(listedAfterMs === undefined ? {} : { listedAfterMs }),
    },
    faults,
  };
}

/** Until those that connected since are listed, and nobody else. */
async function listed(contender, count, since) {
  const start = performance.now();
  return withClients(contender, async (clients) => {
    let found;
    const isRight = async () => {
      found = [await countLive(clients, { $gte: since }), await countLive(clients, { $lt: since })];
      return found[0] === count && found[1] === 0;
    };
    try {
      await until(isRight, 'all listed', { deadlineMs: 60_000, everyMs: 100 });
      return { listedAfterMs: performance.now() - start };
    } catch {
      return { faults: [`${found[0]} of ${count} clients are listed, and ${found[1]} that have left`] };
    }
  });
}
