// What the contenders on uWebSockets.js have in common.
/* global Buffer */
import uWS from 'uWebSockets.js';

/** The whole body of a request. */
export function bodyOf(response) {
  return new Promise((resolve, reject) => {
    const chunks = [];
    response.onAborted(() => reject(new Error('the request was aborted')));
    response.onData((chunk, isLast) => {
      chunks.push(Buffer.from(chunk.slice(0)));
      if (isLast) resolve(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks));
    });
  });
}

/** Listens on PORT, tells that it is ready, and ends on SIGTERM. */
export async function listen(app) {
  const listening = await new Promise((resolve) => app.listen('127.0.0.1', Number(process.env.PORT), resolve));
  if (!listening) throw new Error(`can't listen on ${process.env.PORT}`);
  process.on('SIGTERM', () => process.exit(0));
  console.log(JSON.stringify({ ready: true }));
  return uWS.us_socket_local_port(listening);
}
