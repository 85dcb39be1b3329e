// Socket.IO 4 over WebSocket alone; with MONGODB_URL several nodes are one, by its MongoDB adapter.
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { createAdapter } from '@socket.io/mongo-adapter';
import { MongoClient } from 'mongodb';
import { Server } from 'socket.io';

const server = createServer(async (request, response) => {
  const { method, url } = request;
  if (method === 'POST') {
    const body = await text(request);
    if (url === '/broadcast') io.emit('m', body);
    else io.to(url.slice('/send/'.length)).emit('m', body);
  }
  response.end(JSON.stringify({ count: io.engine.clientsCount }));
});
const io = new Server(server, { transports: ['websocket'], perMessageDeflate: false, serveClient: false });
if (process.env.MONGODB_URL) io.adapter(createAdapter(await cappedCollection(process.env.MONGODB_URL)));
process.on('SIGTERM', () => process.exit(0));
server.listen({ port: Number(process.env.PORT), host: '127.0.0.1', backlog: 4096 }, () =>
  console.log(JSON.stringify({ ready: true })),
);

async function cappedCollection(url) {
  const mongo = new MongoClient(url);
  await mongo.connect();
  const options = { capped: true, size: 16 * 1_048_576 };
  await mongo
    .db()
    .createCollection('socket.io', options)
    .catch(() => undefined);
  return mongo.db().collection('socket.io');
}
