/** What stands in a contender's MongoDB, asked directly and seldom, so that asking costs the server little. */
/* global fetch */
import { MongoClient } from 'mongodb';
import { until } from './measure.mjs';

/** Opens the `clients` collection for `work`, and closes it again. */
export async function withClients(contender, work) {
  const mongo = new MongoClient(contender.mongodbUrl);
  try {
    return await work(mongo.db().collection('clients'));
  } finally {
    await mongo.close();
  }
}

/** How many clients the database lists as connected, of those whose time of connecting is so. */
export const countLive = (clients, connectedAt) => clients.countDocuments({ state: 'live', connectedAt });

const sumOf = async (clients, field) => {
  const [found] = await clients.aggregate([{ $group: { _id: null, sum: { $sum: `$${field}` } } }]).toArray();
  return found?.sum ?? 0;
};

/** Updates or events that the contender says it has stored, without a question to the database. */
export async function storedSoFar(contender) {
  if (contender.control) {
    const { stored } = await (await fetch(`${contender.control[0]}/count`)).json();
    return stored;
  }
  const each = await Promise.all(contender.registries.map((url) => metricOf(url, 'wscm_registry_events_stored_total')));
  return each.reduce((sum, value) => sum + value, 0);
}

/** The sum of a Prometheus metric over its labels; NaN, which is never enough, where it is not shown. */
export async function metricOf(url, name) {
  const text = await (await fetch(`${url}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
  return lines.length === 0 ? NaN : lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}

/**
 * Waits until the contender says that it has stored so many more than `before`, and then until the documents say so, too.
 * Resolves with whether they do.
 */
export async function allStored(contender, clients, { before, more, field, total, deadlineMs = 60_000 }) {
  try {
    await until(async () => (await storedSoFar(contender)) - before >= more, 'all stored', { deadlineMs, everyMs: 10 });
    await until(async () => (await sumOf(clients, field)) >= total, 'all in documents', { deadlineMs, everyMs: 50 });
    return true;
  } catch {
    return false;
  }
}

/** What is wrong with the clients' documents after each client has sent so many messages. */
export async function documentFaults(clients, { count, perClient, field = 'messagesFromClient', filter = {} }) {
  const documents = await clients.find(filter, { projection: { [field]: 1 } }).toArray();
  const wrong = documents.filter((document) => document[field] !== perClient);
  const faults = documents.length === count ? [] : [`${documents.length} documents of ${count} clients`];
  if (wrong.length > 0) {
    const [{ [field]: sample }] = wrong;
    faults.push(`${wrong.length} documents don't tell of ${perClient} messages, but for example of ${sample}`);
  }
  return faults;
}

/** Documents whose last message is not the last one that the client sent: one of an earlier number overtook it. */
export async function overtaken(clients, perClient) {
  const documents = await clients.find({}, { projection: { 'lastMessageFromClient.message': 1 } }).toArray();
  const last = `:${String(perClient).padStart(7, '0')};`;
  return documents.filter(({ lastMessageFromClient }) => !lastMessageFromClient?.message.includes(last)).length;
}
