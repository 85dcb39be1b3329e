/** Mixed load for a long time: nothing may grow. */
/* global performance */
import { connect } from 'nats';
import { documentFaults, metricOf, withClients } from '../harness/documents.mjs';
import { connectAll, pause, until, usageValues, withContender } from '../harness/measure.mjs';
import { startMeter } from '../harness/meter.mjs';
import { rssBytes, withDescendants } from '../harness/proc.mjs';
import { median } from '../harness/statistics.mjs';

const SIZES = {
  full: { clients: 2_000, rate: 500, sends: 50, broadcasts: 1, churn: 50, everyMs: 5_000 },
  quick: { clients: 300, rate: 100, sends: 10, broadcasts: 1, churn: 10, everyMs: 1_000 },
};
const BYTES = 128;
const TURN_S = 10;
const MB = 1_048_576;

export default {
  title: 'Soak',
  counts:
    'Messages from clients under mixed load: clients send, come and go, are sent to one by one and by broadcasts. Memory and queues are looked at every few seconds; growth is the median of the last third over that of the second third. At the end every queue must be empty and every message in its document.',
  contenders: ['wscm'],
  rounds: 1,
  main: 'cpuUs.total',
  unit: 'µs of CPU a message from a client, all processes and all load',
  goals: [
    { text: "gateway's memory grows at most 1.05 ×", value: 'growth.front', atMost: 1.05 },
    { text: "registry's memory grows at most 1.05 ×", value: 'growth.registry', atMost: 1.05 },
    { text: 'events that wait at any time, at most', value: 'pendingMax', atMost: 5_000 },
    { text: 'lag at the end', value: 'pendingEnd', atMost: 0 },
  ],

  setups: (size, { minutes }) => [{ ...SIZES[size], minutes }],

  run: (setup, name, { profileTo }) =>
    withContender(name, { nodes: 2, registries: 2, profileTo }, (contender, load) =>
      withClients(contender, async (clients) => {
        await connectAll(contender, load, setup.clients);
        const nats = await connect({ servers: contender.natsUrl });
        try {
          return [await soak({ contender, load, clients, nats, setup })];
        } finally {
          await nats.close();
        }
      }),
    ),
};

async function soak({ contender, load, clients, nats, setup }) {
  const { minutes, everyMs } = setup;
  const pending = await pendingEvents(nats);
  await load.run('reset', { group: 'all' });
  const samples = [];
  const stop = startMeter({ ...contender.groups, load: [load.pid] }, load.threads);
  const end = performance.now() + minutes * 60_000;
  const mixed = mix({ contender, load, setup }, end);
  while (performance.now() < end) {
    samples.push(await sample(contender, pending));
    await pause(everyMs);
  }
  const { faults, ...totals } = await mixed;
  const usage = stop();
  await until(async () => (await pending()) === 0, 'no event waits', { deadlineMs: 30_000 }).catch((error) => {
    faults.push(error.message);
  });
  const pendingEnd = await pending();
  faults.push(...(await lasting(load, setup, { ...totals, clients })));
  await load.run('drop', { group: 'all' });
  const waiting = samples.map((each) => each.pending);
  return {
    case: `${setup.clients} clients, ${minutes} minutes`,
    values: {
      ...usageValues(usage, totals.sent),
      ...growth(samples),
      pendingMax: Math.max(...waiting),
      pendingEnd,
      outboxMaxKb: Math.max(...samples.map((each) => each.outbox)) / 1024,
    },
    faults,
  };
}

/** Turns of the same load until the time is over. Messages from clients come out even, so that all have sent as many. */
async function mix({ contender, load, setup }, end) {
  const { rate, sends, churn, broadcasts, clients } = setup;
  const total = { sent: 0, sends: 0, broadcasts: 0, faults: [] };
  const { urls, dialect, send, broadcast } = contender;
  const http = (options) => load.run('http', { method: 'POST', bytes: BYTES, ...options });
  const perTurn = Math.max(1, Math.round((rate * TURN_S) / clients)) * clients;
  for (let turn = 0; performance.now() < end; turn += 1) {
    const group = `churn-${turn}`;
    const [sent, answers, told, came] = await Promise.all([
      load.run('send', { group: 'all', bytes: BYTES, rate: perTurn / TURN_S, seconds: TURN_S }),
      http({ ...send, group: 'all', count: sends * TURN_S, rate: sends, connections: 4 }),
      http({ ...broadcast, count: broadcasts * TURN_S, rate: broadcasts, first: 1 + total.broadcasts }),
      load.run('churn', { group, urls, dialect, sources: 4, rate: churn, seconds: TURN_S, hold: churn * 2 }),
    ]);
    await load.run('drop', { group });
    total.sent += sent.sent;
    total.sends += sends * TURN_S;
    total.broadcasts += broadcasts * TURN_S;
    for (const { statuses } of [answers, told])
      if (Object.keys(statuses).some((status) => status !== '200')) total.faults.push(JSON.stringify(statuses));
    if (came.failed > 0) total.faults.push(`${came.failed} connections failed: ${JSON.stringify(came.why)}`);
  }
  return total;
}

async function lasting(load, setup, { sent, sends, broadcasts, clients }) {
  const expected = broadcasts * setup.clients + sends;
  const { received } = await load.run('wait', { group: 'all', total: expected, timeoutMs: 5_000 });
  const { ready, lost, why } = await load.run('stats', { group: 'all' });
  const faults = ready === setup.clients && lost === 0 ? [] : [`${lost} connections were lost: ${JSON.stringify(why)}`];
  if (received !== expected) faults.push(`${received} of ${expected} messages arrived`);
  // Clients that came and went said nothing.
  const filter = { messagesFromClient: { $gt: 0 } };
  return [
    ...faults,
    ...(await documentFaults(clients, { filter, count: setup.clients, perClient: sent / setup.clients })),
  ];
}

/** How many events no registry has dealt with. */
async function pendingEvents(nats) {
  const jsm = await nats.jetstreamManager();
  const [consumer] = await jsm.consumers.list('WSCM_EVENTS').next();
  return async () => {
    const { num_pending: waiting, num_ack_pending: taken } = await jsm.consumers.info('WSCM_EVENTS', consumer.name);
    return waiting + taken;
  };
}

async function sample(contender, pending) {
  const outboxes = await Promise.all(contender.gatewayAdmins.map((url) => metricOf(url, 'wscm_gateway_outbox_bytes')));
  const rss = Object.entries(contender.groups).map(([name, pids]) => [name, rssBytes(withDescendants(pids)) / MB]);
  return { pending: await pending(), outbox: Math.max(...outboxes), rss: Object.fromEntries(rss) };
}

/** The first third is warming up. */
function growth(samples) {
  const third = Math.floor(samples.length / 3);
  const middle = (name, from, to) => median(samples.slice(from, to).map(({ rss }) => rss[name]));
  return Object.fromEntries(
    Object.keys(samples[0].rss).map((name) => [
      `growth.${name}`,
      middle(name, samples.length - third) / middle(name, third, samples.length - third),
    ]),
  );
}
