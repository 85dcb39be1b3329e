/** Pages and counts of a long list, while clients come and go. */
/* global performance */
import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { startPages } from '../harness/contenders.mjs';
import { withClients } from '../harness/documents.mjs';
import { metered, usageValues, withContender } from '../harness/measure.mjs';
import { quantile } from '../harness/statistics.mjs';

const SIZES = {
  full: { documents: 100_000, asks: 1_000, churn: [1_000, 100] },
  quick: { documents: 10_000, asks: 60, churn: [200] },
};
const PAGE = 100;
/** Before what is measured: servers have long compiled their code. */
const WARM_UP = 500;
const GATEWAYS = 4;
const PATHS = 100;
const INSERTED_AT_ONCE = 5_000;
const AGE_MS = 3_600_000;
/** Clients that come stay until so many are there, and then go, the oldest first. */
const HELD = 1_000;

const live = { state: 'live' };

/** What is asked, and what the bare driver asks for the same. */
const QUESTIONS = {
  'page, oldest first': { query: '', filter: live, direction: 1 },
  'page, newest first': { query: '&sort=-connectedAt', filter: live, direction: -1 },
  'page of a path': { query: '&path=/room/7', filter: { ...live, path: '/room/7' }, direction: 1 },
  'page of a gateway, newest first': {
    query: '&sort=-connectedAt&gatewayId=bench-2',
    filter: { ...live, gatewayId: 'bench-2' },
    direction: -1,
  },
  'count of a path': { count: true, query: '?path=/room/7', filter: { ...live, path: '/room/7' } },
  'count of all': { count: true, query: '', filter: live, asksShare: 0.2 },
};

export default {
  title: 'List and count',
  counts: `Answers to one question after the other, over HTTP from a registry and, in turn, from the bare MongoDB driver for the same page, and from an HTTP server that does nothing but that (the limit), while clients come and go. Every page must have ${PAGE} clients, and be the driver's where the order is by age.`,
  contenders: ['wscm'],
  main: 'p99',
  unit: 'ms, 99 %',
  goals: [
    { text: "p99 of a page at most 2 × the bare driver's", value: 'p99', against: 'driver', atMost: 2, cases: /page/ },
  ],

  setups(size) {
    const { documents, asks, churn } = SIZES[size];
    return churn.map((each) => ({ documents, asks, churn: each }));
  },

  run: (setup, name, { profileTo }) =>
    withContender(name, { profileTo }, (contender, load) =>
      withClients(contender, async (clients) => {
        await fill(clients, setup.documents);
        const agent = new Agent({ keepAlive: true, maxSockets: 1 });
        const pages = await startPages(contender.mongodbUrl);
        const context = { contender, load, clients, agent, pages, setup };
        const rows = [];
        try {
          for (const [question, how] of Object.entries(QUESTIONS))
            rows.push(...(await measure(context, question, how)));
          return rows;
        } finally {
          agent.destroy();
          await pages.stop();
        }
      }),
    ),
};

/** Living clients of gateways whose leases never run out. */
async function fill(clients, count) {
  const gateways = Array.from({ length: GATEWAYS }, (_, i) => `bench-${i}`);
  await clients.db.collection('gateways').insertMany(gateways.map(gatewayDocument));
  const now = Date.now();
  for (let from = 0; from < count; from += INSERTED_AT_ONCE) {
    const some = Array.from({ length: Math.min(INSERTED_AT_ONCE, count - from) }, (_, i) =>
      clientDocument(from + i, now - AGE_MS + ((from + i) * AGE_MS) / 2 / count, gateways),
    );
    await clients.insertMany(some, { ordered: false });
  }
}

const gatewayDocument = (_id) => ({
  _id,
  gatewayId: _id,
  host: 'bench',
  state: 'alive',
  epoch: 1,
  startedAt: new Date(),
  epochSince: new Date(0),
  renewedAt: new Date(Date.now() + 10 * AGE_MS),
  connections: 0,
  broadcasts: 0,
});

function clientDocument(number, connectedAt, gateways) {
  const gatewayId = gateways[number % gateways.length];
  const replyId = `${gatewayId}.${String(number).padStart(22, '0')}`;
  const time = new Date(connectedAt);
  return {
    _id: `ws_client_${replyId}`,
    replyId,
    gatewayId,
    connectedAt: time,
    path: `/room/${number % PATHS}`,
    query: { device: String(number) },
    headers: { host: '127.0.0.1:8080', 'user-agent': 'bench', upgrade: 'websocket', connection: 'Upgrade' },
    remoteAddress: '127.0.0.1',
    user: null,
    messagesFromClient: 1,
    messagesToClient: 0,
    lastMessageFromClient: { seq: 1, type: 'text', message: 'x'.repeat(128), time },
    lastMessageToClient: null,
    state: 'live',
    sync: { connectOrder: 0, order: -1, broadcasts: 0, sendOrder: -1, rank: 3, streamSeq: 0 },
  };
}

async function measure({ contender, load, clients, agent, pages, setup }, question, how) {
  const asks = Math.ceil(setup.asks * (how.asksShare ?? 1));
  const path = how.count ? `/v1/clients/count${how.query}` : `/v1/clients?limit=${PAGE}${how.query}`;
  const overHttp = {
    wscm: () => ask(contender.registries[0] + path, agent),
    pages: () => ask(pages.url, agent, JSON.stringify({ ...how, limit: PAGE })),
  };
  const times = { wscm: [], driver: [], pages: [] };
  const faults = { wscm: new Set(), driver: new Set(), pages: new Set() };
  const churn = comeAndGo(contender, load, setup.churn);
  for (let i = 0; i < WARM_UP; i += 1) for (const askOne of Object.values(overHttp)) await askOne();
  const { usage } = await metered(contender, load, async () => {
    for (let i = 0; i < asks; i += 1) {
      const found = await timed(times.driver, () => findOf(clients, how));
      for (const [name, askOne] of Object.entries(overHttp)) {
        const answer = await timed(times[name], askOne);
        for (const fault of faultsOf(answer, found, how)) faults[name].add(fault);
      }
    }
  });
  for (const fault of await churn.stop()) faults.wscm.add(fault);
  const { loadShare, idleShare } = usageValues(usage, asks);
  return Object.entries(times).map(([name, some]) => ({
    case: `${setup.documents} documents, ${setup.churn}/s come and go: ${question}`,
    contender: name,
    values: { ...percentiles(some), loadShare, idleShare },
    faults: [...faults[name]],
  }));
}

/** Clients connect at a rate and go, in short turns, until it is stopped. */
function comeAndGo({ urls, dialect }, load, rate) {
  let stopped = false;
  const faults = [];
  const turns = (async () => {
    for (let turn = 0; !stopped; turn += 1) {
      const group = `churn-${turn}`;
      const result = await load.run('churn', { group, urls, dialect, sources: 4, rate, seconds: 1, hold: HELD });
      if (result.failed > 0) faults.push(`${result.failed} connections failed: ${JSON.stringify(result.why)}`);
      await load.run('drop', { group });
    }
  })();
  return {
    stop: async () => {
      stopped = true;
      await turns;
      return faults;
    },
  };
}

async function timed(times, work) {
  const start = performance.now();
  const result = await work();
  times.push(performance.now() - start);
  return result;
}

const findOf = (clients, { filter, direction, count }) =>
  count
    ? clients.countDocuments(filter)
    : clients.find(filter).sort({ connectedAt: direction, _id: direction }).limit(PAGE).toArray();

/** A GET, or a POST of that body. */
async function ask(url, agent, body) {
  const method = body === undefined ? 'GET' : 'POST';
  const response = await new Promise((resolve, reject) => {
    request(url, { agent, method }, resolve).on('error', reject).end(body);
  });
  return { status: response.statusCode, body: JSON.parse(await text(response)) };
}

function faultsOf({ status, body }, found, { count, direction }) {
  if (status !== 200) return [`answered ${status}`];
  if (count) return [];
  if (body.items.length !== PAGE) return [`a page of ${body.items.length}`];
  const same = body.items.every(({ replyId }, i) => replyId === found[i].replyId);
  return direction === 1 && !same ? ["the page is not the driver's"] : [];
}

const percentiles = (times) => ({
  p50: quantile(times, 0.5),
  p95: quantile(times, 0.95),
  p99: quantile(times, 0.99),
  max: quantile(times, 1),
});
