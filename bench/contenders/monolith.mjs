// What a user would write instead of this project: one process, uWebSockets.js, and one update in MongoDB for each
// message, connect and disconnect. It keeps no order, tells nobody what it could not store, and forgets what it was doing
// when it is killed.
/* global Buffer */
import { randomUUID } from 'node:crypto';
import { MongoClient } from 'mongodb';
import uWS from 'uWebSockets.js';
import { bodyOf, listen } from './uws-server.mjs';

const mongo = new MongoClient(process.env.MONGODB_URL, { writeConcern: { w: 'majority', journal: true } });
await mongo.connect();
const clients = mongo.db().collection('clients');
await clients.createIndex({ state: 1, connectedAt: 1, _id: 1 });

const sockets = new Map();
let stored = 0;
let failed = 0;

const storing = (update) =>
  update.then(
    () => (stored += 1),
    () => (failed += 1),
  );

const app = uWS.App();
app.ws('/*', {
  compression: uWS.DISABLED,
  maxPayloadLength: 1_048_576,
  maxBackpressure: 1_048_576,
  closeOnBackpressureLimit: 1,
  idleTimeout: 120,
  sendPingsAutomatically: true,
  upgrade(response, request, context) {
    const headers = {};
    request.forEach((name, value) => (headers[name] = value));
    const facts = { path: request.getUrl(), query: request.getQuery(), headers };
    response.upgrade(
      { id: randomUUID(), facts },
      request.getHeader('sec-websocket-key'),
      request.getHeader('sec-websocket-protocol'),
      request.getHeader('sec-websocket-extensions'),
      context,
    );
  },
  open(socket) {
    const { id, facts } = socket.getUserData();
    sockets.set(id, socket);
    socket.subscribe('all');
    socket.send(JSON.stringify({ type: 'connected', replyId: id, clientId: id }));
    const connected = { ...facts, state: 'live', connectedAt: new Date(), remoteAddress: addressOf(socket) };
    void storing(
      clients.updateOne(
        { _id: id },
        { $set: connected, $setOnInsert: { messagesFromClient: 0, messagesToClient: 0 } },
        { upsert: true },
      ),
    );
  },
  message(socket, data) {
    const { id } = socket.getUserData();
    const lastMessageFromClient = { message: Buffer.from(data).toString(), time: new Date() };
    void storing(
      clients.findOneAndUpdate(
        { _id: id },
        { $inc: { messagesFromClient: 1 }, $set: { lastMessageFromClient } },
        { upsert: true, projection: { _id: 1 } },
      ),
    );
  },
  close(socket) {
    const { id } = socket.getUserData();
    sockets.delete(id);
    void storing(clients.updateOne({ _id: id }, { $set: { state: 'closed' } }, { upsert: true }));
  },
});
app.post('/broadcast', async (response) => {
  app.publish('all', await bodyOf(response), false);
  response.cork(() => response.end('{}'));
});
app.post('/send/:id', async (response, request) => {
  const id = request.getParameter(0);
  const body = await bodyOf(response);
  const socket = sockets.get(id);
  const lastMessageToClient = { message: body.toString(), time: new Date() };
  if (socket) {
    socket.send(body, false);
    void storing(
      clients.findOneAndUpdate({ _id: id }, { $inc: { messagesToClient: 1 }, $set: { lastMessageToClient } }),
    );
  }
  response.cork(() => response.writeStatus(socket ? '200 OK' : '404 Not Found').end('{}'));
});
app.get('/count', (response) => response.end(JSON.stringify({ count: sockets.size, stored, failed })));
await listen(app);

function addressOf(socket) {
  return Buffer.from(socket.getRemoteAddressAsText()).toString();
}
