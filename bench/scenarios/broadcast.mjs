/** One message to everybody. */
import {
  answerFaults,
  arrivalFaults,
  connectAll,
  latencyValues,
  metered,
  pause,
  usageValues,
  withContender,
} from '../harness/measure.mjs';

const BURST = 20;

/**
 * Messages delivered in one measurement, in bursts more of them since each takes less, and before all of them, since a server
 * in use has long compiled its code; and a second, where paced.
 */
const SIZES = {
  full: {
    clients: [1_000, 5_000, 15_000],
    gateways: [1, 2, 4],
    bytes: [128, 4096],
    messages: { warmUp: 300_000, paced: 120_000, bursts: 600_000 },
    rate: 40_000,
  },
  quick: {
    clients: [1_000],
    gateways: [1, 2],
    bytes: [128],
    messages: { warmUp: 20_000, paced: 60_000, bursts: 120_000 },
    rate: 20_000,
  },
};

export default {
  title: 'Broadcast',
  counts:
    'Messages that arrived at clients, after a warm-up, each checked by its number. CPU of the processes that hold the sockets (`front`), and of all; latency from the request to each client.',
  contenders: ['uws', 'wscm', 'relay', 'ws', 'socketio', 'centrifuge', 'nchan'],
  main: 'cpuUs.front',
  unit: 'µs of CPU a delivered message',
  plot: '^15000 clients',
  goals: [
    {
      text: "gateways' CPU a message at most 1.1 × raw uWebSockets.js",
      value: 'cpuUs.front',
      against: 'uws',
      atMost: 1.1,
    },
    { text: 'p99 at most 1.2 × raw uWebSockets.js', value: 'p99', against: 'uws', atMost: 1.2 },
    { text: "CPU of everything below ws's", value: 'cpuUs.total', against: 'ws', atMost: 1 },
    { text: "CPU of everything below Socket.IO's", value: 'cpuUs.total', against: 'socketio', atMost: 1 },
    { text: "CPU of everything below Centrifuge's", value: 'cpuUs.total', against: 'centrifuge', atMost: 1 },
    { text: "CPU of everything below nchan's", value: 'cpuUs.total', against: 'nchan', atMost: 1 },
    {
      text: "gateways' CPU from 1 to 4 gateways at most 1.05 ×",
      value: 'cpuUs.front',
      againstCase: [/4 gateways/, '1 gateway'],
      atMost: 1.05,
    },
  ],

  setups(size) {
    const { clients, gateways } = SIZES[size];
    return clients.flatMap((count) => gateways.map((nodes) => ({ clients: count, nodes })));
  },

  run: ({ clients, nodes }, name, { size, profileTo }) =>
    withContender(name, { nodes, profileTo }, async (contender, load) => {
      await connectAll(contender, load, clients);
      await pause(500);
      await warmUp(contender, load, clients, SIZES[size]);
      const rows = [];
      for (const bytes of SIZES[size].bytes) {
        for (const pattern of [paced, bursts]) {
          const what = `${clients} clients, ${nodes} gateway${nodes > 1 ? 's' : ''}, ${bytes} B, ${pattern.name}`;
          rows.push({
            case: what,
            ...(await measure({ contender, load, clients, bytes, pattern, size: SIZES[size] })),
          });
        }
      }
      await load.run('drop', { group: 'all' });
      return rows;
    }),
};

/** Broadcasts, in whole bursts. */
const countOf = (messages, clients) => Math.ceil(messages / clients / BURST) * BURST;

async function warmUp(contender, load, clients, size) {
  const count = countOf(size.messages.warmUp, clients);
  await load.run('reset', { group: 'all' });
  await bursts({ contender, load, clients, count, bytes: size.bytes[0] });
}

async function measure({ contender, load, clients, bytes, pattern, size }) {
  const count = countOf(size.messages[pattern.name], clients);
  await load.run('reset', { group: 'all' });
  const { result, usage } = await metered(contender, load, () =>
    pattern({ contender, load, clients, bytes, count, size }),
  );
  const servers = contender.broadcast.everywhere ? contender.broadcast.urls.length : 1;
  const { arrived, answers } = result;
  return {
    values: {
      ...usageValues(usage, count * clients),
      ...latencyValues(arrived.latency),
      deliveredPerSecond: (count * clients) / usage.seconds,
    },
    faults: [
      ...arrivalFaults(arrived),
      ...answers.flatMap((answer) => answerFaults(answer, (count / answers.length) * servers)),
    ],
  };
}

const request = ({ contender, load, bytes }, options) =>
  load.run('http', { ...contender.broadcast, method: 'POST', pipelined: true, bytes, ...options });

async function paced(context) {
  const { load, clients, count, size } = context;
  const answer = await request(context, { count, rate: size.rate / clients });
  return { answers: [answer], arrived: await load.run('wait', { group: 'all', perClient: count, timeoutMs: 30_000 }) };
}

/** Several at once; the next ones when all have arrived. */
async function bursts(context) {
  const { load, count, clients } = context;
  const answers = [];
  for (let first = 1; first <= count; first += BURST) {
    answers.push(await request(context, { count: BURST, first }));
    if (first + BURST > count) break;
    const { missing } = await load.run('wait', {
      group: 'all',
      total: (first - 1 + BURST) * clients,
      timeoutMs: 30_000,
    });
    if (missing > 0) break;
  }
  return { answers, arrived: await load.run('wait', { group: 'all', perClient: count, timeoutMs: 30_000 }) };
}
