/** A reverse proxy that serves a registry below a path of its own, as operators do. */
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface PrefixProxy {
  /** With the prefix, and a slash at its end. */
  url: string;
  stop(): Promise<void>;
}

/** `prefix`: e.g. `/ops/console`; taken off before the request goes to `target`. Everything else is answered 404. */
export async function startPrefixProxy(prefix: string, target: string): Promise<PrefixProxy> {
  const server = createServer((incoming, outgoing) => {
    if (!incoming.url?.startsWith(`${prefix}/`)) {
      outgoing.writeHead(404).end('not here');
      return;
    }
    const { method, headers } = incoming;
    const { host } = new URL(target);
    const path = incoming.url.slice(prefix.length);
    const onward = request(target + path, { method, headers: { ...headers, host }, agent: false }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    outgoing.on('close', () => onward.destroy());
    incoming.pipe(onward);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${prefix}/`,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
