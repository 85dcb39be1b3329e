// Raw uWebSockets.js and nothing else: the limit of what a server on this library can do.
import uWS from 'uWebSockets.js';
import { bodyOf, listen } from './uws-server.mjs';

const sockets = new Map();
let connections = 0;

const app = uWS.App();
app.ws('/*', {
  compression: uWS.DISABLED,
  maxPayloadLength: 1_048_576,
  maxBackpressure: 1_048_576,
  closeOnBackpressureLimit: 1,
  idleTimeout: 120,
  sendPingsAutomatically: true,
  open(socket) {
    connections += 1;
    socket.getUserData().id = String(connections);
    sockets.set(socket.getUserData().id, socket);
    socket.subscribe('all');
  },
  message() {},
  close(socket) {
    sockets.delete(socket.getUserData().id);
  },
});
app.post('/broadcast', async (response) => {
  app.publish('all', await bodyOf(response), false);
  response.cork(() => response.end('{}'));
});
app.get('/count', (response) => response.end(JSON.stringify({ count: sockets.size })));
await listen(app);
