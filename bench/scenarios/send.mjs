/** A message to one client. */
import { storedSoFar } from '../harness/documents.mjs';
import {
  answerFaults,
  arrivalFaults,
  connectAll,
  latencyValues,
  metered,
  pause,
  until,
  usageValues,
  withContender,
} from '../harness/measure.mjs';

const BYTES = 128;
/** Messages in one request of a bulk send. */
const BULK = 100;
const SIZES = {
  full: { clients: 1_000, alone: 5_000, together: 20_000, bulk: 40_000, warmUp: 10_000 },
  quick: { clients: 200, alone: 400, together: 2_000, bulk: 2_000, warmUp: 400 },
};
/** Requests in flight before what is measured: a server in use has long compiled its code. */
const WARM_UP_IN_FLIGHT = 8;

export default {
  title: 'Send to one client',
  counts:
    "Messages of 128 B to one client after the other, by one registry; each must arrive once and be answered well. The CPU is that of storing what the contender stores of them, too. Latency from the request to its answer; `arrived50` and `arrived99`: to the client. Ours says what became of the message and tells it in the client's document, the others only take it.",
  contenders: ['centrifuge', 'wscm', 'socketio', 'monolith', 'relay'],
  main: 'p50',
  unit: 'ms until the answer, median',
  goals: [
    {
      text: "REST p50 at most 4 × the Centrifuge server's publish",
      value: 'p50',
      against: 'centrifuge',
      atMost: 4,
      cases: /HTTP/,
    },
    {
      text: "at least 0.5 × Socket.IO's rate",
      value: 'perSecond',
      against: 'socketio',
      atLeast: 0.5,
      cases: /HTTP, 32/,
    },
    {
      text: "a bulk send at least 2 × the Centrifuge server's publish rate",
      value: 'perSecond',
      againstCase: [/^bulk of \d+ by HTTP/, 'HTTP'],
      against: 'centrifuge',
      atLeast: 2,
      cases: /bulk/,
    },
  ],

  setups: (size) => [SIZES[size]],

  run: ({ clients, alone, together, bulk, warmUp }, name, { profileTo }) =>
    withContender(name, { profileTo }, async (contender, load) => {
      await connectAll(contender, load, clients);
      await pause(2_000);
      const context = { contender, load, clients };
      const rows = [];
      for (const [way, how] of Object.entries(waysOf(contender))) {
        await sendAll(context, how, { inFlight: WARM_UP_IN_FLIGHT, count: warmUp });
        for (const [inFlight, count] of [
          [1, how.bulk ? bulk : alone],
          [32, how.bulk ? bulk : together],
        ])
          rows.push({ case: `${way}, ${inFlight} in flight`, ...(await measure(context, how, { inFlight, count })) });
      }
      await load.run('drop', { group: 'all' });
      return rows;
    }),
};

/** How the contender takes messages for single clients. */
function waysOf({ send, natsSend, bulkSend }) {
  const http = (how) => ({
    send: (load, { inFlight, ...options }) =>
      load.run('http', { ...how, method: 'POST', connections: inFlight, ...options }),
    bulk: how.bulk,
  });
  const nats = { send: (load, options) => load.run('nats', { ...natsSend, ...options }) };
  return {
    HTTP: http(send),
    ...(natsSend ? { NATS: nats } : {}),
    ...(bulkSend ? { [`bulk of ${BULK} by HTTP`]: http({ ...bulkSend, bulk: BULK }) } : {}),
  };
}

async function measure(context, how, { inFlight, count }) {
  const { result, usage } = await metered(context.contender, context.load, () =>
    sendAll(context, how, { inFlight, count }),
  );
  const { messages, requests, answer, arrived } = result;
  return {
    values: {
      ...usageValues(usage, messages),
      ...latencyValues(answer.latency),
      arrived50: arrived.latency.p50,
      arrived99: arrived.latency.p99,
      perSecond: messages / answer.seconds,
    },
    faults: [...answerFaults(answer, requests), ...arrivalFaults(arrived)],
  };
}

/** As many to each client; resolves when all have arrived, and where the contender stores them, are stored. */
async function sendAll({ contender, load, clients }, { send, bulk = 1 }, { inFlight, count }) {
  const perClient = Math.max(1, Math.floor(count / clients));
  const messages = perClient * clients;
  const before = contender.registries && (await storedSoFar(contender));
  await load.run('reset', { group: 'all' });
  const answer = await send(load, { group: 'all', bytes: BYTES, count: messages, inFlight });
  const arrived = await load.run('wait', { group: 'all', perClient, timeoutMs: 10_000 });
  if (contender.registries)
    await until(async () => (await storedSoFar(contender)) - before >= messages, 'all stored', { everyMs: 50 });
  return { messages, requests: Math.ceil(messages / bulk), answer, arrived };
}
