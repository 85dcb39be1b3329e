// The ws library, as its own documentation writes a broadcast.
/* global Buffer */
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { WebSocketServer } from 'ws';

const server = createServer(async (request, response) => {
  if (request.method === 'POST' && request.url === '/broadcast') {
    const body = Buffer.from(await buffer(request));
    for (const client of sockets.clients) client.send(body, { binary: false });
  }
  response.end(JSON.stringify({ count: sockets.clients.size }));
});
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
sockets.on('connection', (socket) => socket.on('error', () => undefined).on('message', () => undefined));
process.on('SIGTERM', () => process.exit(0));
server.listen({ port: Number(process.env.PORT), host: '127.0.0.1', backlog: 4096 }, () =>
  console.log(JSON.stringify({ ready: true })),
);
