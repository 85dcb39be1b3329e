/** Messages from clients into their documents, and messages to clients with the events that tell of them. */
import { allStored, documentFaults, overtaken, storedSoFar, withClients } from '../harness/documents.mjs';
import {
  answerFaults,
  arrivalFaults,
  connectAll,
  metered,
  pause,
  usageValues,
  withContender,
} from '../harness/measure.mjs';

const BYTES = 128;

const SIZES = {
  full: { clients: [1_000, 8_000], messages: 48_000, steadyRate: 4_000, steadySeconds: 10, sends: 20_000 },
  quick: { clients: [500], messages: 10_000, steadyRate: 1_000, steadySeconds: 3, sends: 2_000 },
};

export default {
  title: 'Messages stored',
  counts:
    'Messages of 128 B that are in effect in MongoDB, from the first that is sent until the last is stored; every document is checked for its count. CPU over all processes, MongoDB and NATS included. `overtaken`: documents whose last message is an earlier one.',
  contenders: ['monolith', 'wscm'],
  main: 'cpuUs.total',
  unit: 'µs of CPU a message, all processes',
  goals: [
    {
      text: "at least 4 × the monolith's rate in a burst",
      value: 'perSecond',
      against: 'monolith',
      atLeast: 4,
      cases: /burst/,
    },
    {
      text: "at most 0.3 × the monolith's CPU a message in a burst",
      value: 'cpuUs.total',
      against: 'monolith',
      atMost: 0.3,
      cases: /^1000 clients, burst/,
    },
    {
      text: "at most 0.45 × the monolith's CPU a message at 8,000 clients",
      value: 'cpuUs.total',
      against: 'monolith',
      atMost: 0.45,
      cases: /^8000 clients, burst/,
    },
  ],

  setups: (size) => SIZES[size].clients.map((clients) => ({ clients })),

  run: ({ clients: count }, name, { size, profileTo }) =>
    withContender(name, { profileTo }, (contender, load) =>
      withClients(contender, async (clients) => {
        await connectAll(contender, load, count);
        await allStored(contender, clients, { before: 0, more: count, field: 'nothing', total: 0 });
        const context = { contender, load, clients, count, size: SIZES[size] };
        const rows = [await burst(context), await steady(context), await delivered(context)];
        return rows.map((row) => ({ ...row, case: `${count} clients, ${row.case}` }));
      }),
    ),
};

/** Sends as `send` tells, and measures until all is stored. */
async function measure({ contender, load, clients }, { messages, field, total }, send) {
  await pause(1_000);
  const before = await storedSoFar(contender);
  const { result, usage } = await metered(contender, load, async () => {
    const sent = await send();
    return { sent, stored: await allStored(contender, clients, { before, more: messages, field, total }) };
  });
  return {
    values: { ...usageValues(usage, messages), perSecond: messages / usage.seconds },
    faults: result.stored ? [] : ['not all was stored in time'],
    sent: result.sent,
  };
}

async function lostFaults(load) {
  const { lost, why } = await load.run('stats', { group: 'all' });
  return lost === 0 ? [] : [`${lost} connections were lost: ${JSON.stringify(why)}`];
}

const perClientIn = (messages, count) => Math.floor(messages / count);

async function burst(context) {
  const { load, clients, count, size } = context;
  const perClient = perClientIn(size.messages, count);
  const messages = perClient * count;
  const { values, faults } = await measure(context, { messages, field: 'messagesFromClient', total: messages }, () =>
    load.run('send', { group: 'all', bytes: BYTES, perClient }),
  );
  return {
    case: 'burst',
    values: { ...values, overtaken: await overtaken(clients, perClient) },
    faults: [...faults, ...(await documentFaults(clients, { count, perClient })), ...(await lostFaults(load))],
  };
}

/** After the burst: counts go on from there. */
async function steady(context) {
  const { load, clients, count, size } = context;
  const before = perClientIn(size.messages, count);
  const perClient = Math.max(1, Math.floor((size.steadyRate * size.steadySeconds) / count));
  const messages = perClient * count;
  const options = { group: 'all', bytes: BYTES, rate: size.steadyRate, seconds: messages / size.steadyRate };
  const total = (before + perClient) * count;
  const { values, faults } = await measure(context, { messages, field: 'messagesFromClient', total }, () =>
    load.run('send', options),
  );
  return {
    case: `steady ${size.steadyRate}/s`,
    values: { ...values, overtaken: await overtaken(clients, before + perClient) },
    faults: [...faults, ...(await documentFaults(clients, { count, perClient: before + perClient }))],
  };
}

/** Sends to single clients over HTTP, 32 at a time: each must arrive, and be told of in the client's document. */
async function delivered(context) {
  const { contender, load, clients, count, size } = context;
  const perClient = Math.max(1, perClientIn(size.sends, count));
  const messages = perClient * count;
  await load.run('reset', { group: 'all' });
  const { values, faults, sent } = await measure(
    context,
    { messages, field: 'messagesToClient', total: messages },
    async () => ({
      answer: await load.run('http', {
        ...contender.send,
        group: 'all',
        method: 'POST',
        bytes: BYTES,
        count: messages,
        connections: 32,
      }),
      arrived: await load.run('wait', { group: 'all', perClient, timeoutMs: 10_000 }),
    }),
  );
  const stored = await documentFaults(clients, { count, perClient, field: 'messagesToClient' });
  return {
    case: 'delivered, 32 in flight',
    values,
    faults: [...faults, ...stored, ...answerFaults(sent.answer, messages), ...arrivalFaults(sent.arrived)],
  };
}
