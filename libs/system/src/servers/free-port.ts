/** Ports of this machine: which are free, and why one can't be had. */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Outside of what systems give to outgoing connections (Linux: from 32768 on), so that none of these takes it meanwhile. */
const LOWEST = 10_000;
const HIGHEST = 32_767;
const TRIES = 50;

/** A port that nobody listened on a moment ago; whoever uses it must be ready for somebody quicker. */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  for (let tries = 1; ; tries++) {
    const port = randomInt(LOWEST, HIGHEST + 1);
    const fault = await listenFault(port, host);
    if (!fault) return port;
    if (tries === TRIES) throw new Error(`no port can be had on ${host}: ${fault}`);
  }
}

/** The error code (`EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`, …) of listening there, or `undefined` when it works. */
export async function listenFault(port: number, host: string): Promise<string | undefined> {
  const server = createServer().listen({ port, host, exclusive: true });
  try {
    await once(server, 'listening');
    await new Promise((resolve) => server.close(resolve));
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}
