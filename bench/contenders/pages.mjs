// Pages and counts of the clients over HTTP with nothing else beside it: a find of the bare driver, and its documents as
// JSON. What every list over HTTP takes at least. `POST /`: `{"filter":…,"direction":…,"limit":…}` or with `"count":true`.
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { MongoClient } from 'mongodb';

const mongo = new MongoClient(process.env.MONGODB_URL);
const clients = mongo.db().collection('clients');

const answerTo = async ({ filter, direction, limit, count }) =>
  count
    ? { count: await clients.countDocuments(filter) }
    : { items: await clients.find(filter).sort({ connectedAt: direction, _id: direction }).limit(limit).toArray() };

const server = createServer(async (request, response) => {
  const answer = await answerTo(await json(request));
  response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
});
process.on('SIGTERM', () => process.exit(0));
server.listen(Number(process.env.PORT), '127.0.0.1', () => console.log(JSON.stringify({ ready: true })));
