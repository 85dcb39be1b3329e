/** How soon a client's message stands in its document. */
import { documentFaults, withClients } from '../harness/documents.mjs';
import { connectAll, metered, pause, until, usageValues, withContender } from '../harness/measure.mjs';
import { quantile } from '../harness/statistics.mjs';

const SIZES = {
  full: { clients: 1_000, rate: 1_000, seconds: 20 },
  quick: { clients: 200, rate: 200, seconds: 4 },
};
const BYTES = 128;

export default {
  title: 'Time to the document',
  counts:
    "Steady messages of 128 B, each from another client. Time from when the client sends until a change stream on MongoDB shows it; `written50` and `written99`: until the time that MongoDB's own log gives the write, which is cut to a millisecond.",
  contenders: ['monolith', 'wscm'],
  main: 'p50',
  unit: 'ms, median',
  goals: [
    { text: "p50 at most 3 × the monolith's", value: 'p50', against: 'monolith', atMost: 3 },
    { text: "p99 at most 3 × the monolith's", value: 'p99', against: 'monolith', atMost: 3 },
  ],

  setups: (size) => [SIZES[size]],

  run: ({ clients: count, rate, seconds }, name, { profileTo }) =>
    withContender(name, { profileTo }, (contender, load) =>
      withClients(contender, async (clients) => {
        await connectAll(contender, load, count);
        await pause(2_000);
        const messages = rate * seconds;
        const observer = await observe(clients, load);
        const { usage } = await metered(contender, load, async () => {
          await load.run('send', { group: 'all', bytes: BYTES, rate, seconds });
          await until(() => observer.seen.size >= messages, 'all seen', { deadlineMs: 10_000 }).catch(() => undefined);
        });
        await observer.close();
        const values = { ...usageValues(usage, messages), ...observer.values(), seen: observer.seen.size };
        const faults = await documentFaults(clients, { count, perClient: messages / count });
        if (observer.seen.size === 0) faults.push('the change stream showed no message');
        return [{ case: `${count} clients, ${rate}/s`, values, faults }];
      }),
    ),
};

const STAMP = /@@(\d{16}):\d{7};/;

/** Watches the documents; a message that was folded into a later one is not seen. */
async function observe(clients, load) {
  const visible = [];
  const written = [];
  const seen = new Set();
  const changes = clients.watch([{ $match: { operationType: { $in: ['update', 'insert', 'replace'] } } }]);
  changes.on('error', (error) => console.error(error));
  changes.on('change', (change) => {
    const at = load.now();
    const [stamp, sentUs] = STAMP.exec(messageIn(change)) ?? [];
    const key = `${change.documentKey._id}${stamp}`;
    if (!stamp || seen.has(key)) return;
    seen.add(key);
    visible.push(at - Number(sentUs) / 1000);
    written.push(change.wallTime.getTime() - Number(sentUs) / 1000);
  });
  await pause(500);
  return {
    seen,
    close: () => changes.close(),
    values: () => ({
      p50: quantile(visible, 0.5),
      p95: quantile(visible, 0.95),
      p99: quantile(visible, 0.99),
      max: quantile(visible, 1),
      written50: quantile(written, 0.5),
      written99: quantile(written, 0.99),
    }),
  };
}

/** The last message from the client where this change set it. */
function messageIn({ fullDocument, updateDescription }) {
  const fields = updateDescription?.updatedFields ?? {};
  const last = fullDocument?.lastMessageFromClient ?? fields.lastMessageFromClient;
  return last?.message ?? fields['lastMessageFromClient.message'] ?? '';
}
