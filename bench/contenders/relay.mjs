// A message's way from a REST server over NATS to the server that holds the socket, and its answer back, with nothing else
// on it: what every design with gateways behind a bus takes at least; a broadcast is answered when all servers (`NODES`) have
// handed it out. Called as `relay.mjs http` and `relay.mjs sockets`.
/* global Buffer */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { connect, createInbox } from 'nats';
import uWS from 'uWebSockets.js';
import { listen } from './uws-server.mjs';

const nats = await connect({ servers: process.env.NATS_URL });
await { http: serveHttp, sockets: serveSockets }[process.argv[2]]();

async function serveHttp() {
  const server = createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', async () => {
      const body = Buffer.concat(chunks);
      const answer = request.url === '/broadcast' ? await broadcast(body) : await send(request.url, body);
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(answer) });
      response.end(answer);
    });
  });
  process.on('SIGTERM', () => process.exit(0));
  server.listen(Number(process.env.PORT), '127.0.0.1', () => console.log(JSON.stringify({ ready: true })));
}

const send = async (path, body) => (await nats.request(path.replace('/send/', 'send.'), body)).string();

async function broadcast(body) {
  const reply = createInbox();
  const answers = nats.subscribe(reply, { max: Number(process.env.NODES) });
  nats.publish('broadcast', body, { reply });
  const all = [];
  for await (const answer of answers) all.push(answer.json());
  return JSON.stringify({ gateways: all });
}

async function serveSockets() {
  const sockets = new Map();
  const app = uWS.App();
  app.ws('/*', {
    compression: uWS.DISABLED,
    maxPayloadLength: 1_048_576,
    idleTimeout: 120,
    open(socket) {
      const id = randomUUID();
      socket.getUserData().id = id;
      sockets.set(id, socket);
      socket.subscribe('all');
      socket.send(JSON.stringify({ type: 'connected', replyId: id, clientId: id }));
    },
    message() {},
    close(socket) {
      sockets.delete(socket.getUserData().id);
    },
  });
  nats.subscribe('send.*', {
    callback: (_error, message) => {
      sockets.get(message.subject.slice('send.'.length))?.send(message.data, false);
      message.respond('{"result":"delivered"}');
    },
  });
  nats.subscribe('broadcast', {
    callback: (_error, message) => {
      app.publish('all', message.data, false);
      message.respond(`{"delivered":${sockets.size}}`);
    },
  });
  await nats.flush();
  await listen(app);
}
