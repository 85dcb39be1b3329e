/** A TCP link through which one replica reaches NATS, and which can be cut: the replica then sees a network that is gone. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** `refused`: connections are reset, and new ones are ended at once. `silent`: nothing gets through, and nobody is told. */
export type Cut = 'refused' | 'silent';

export class Link {
  private readonly pairs = new Set<readonly [Socket, Socket]>();
  private state: Cut | 'open' = 'open';

  private constructor(
    private readonly server: Server,
    private readonly targetPort: number,
  ) {
    server.on('connection', (near) => this.join(near));
  }

  static async open(targetPort: number): Promise<Link> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Link(server, targetPort);
  }

  get url(): string {
    return `nats://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  cut(how: Cut): void {
    this.state = how;
    if (how === 'refused') this.reset();
    else for (const pair of this.pairs) for (const socket of pair) socket.pause();
  }

  /** What was under way while it was silent is lost with its connection, as in a network that was split for long. */
  mend(): void {
    this.state = 'open';
    this.reset();
  }

  async close(): Promise<void> {
    this.server.close();
    this.reset();
    await once(this.server, 'close');
  }

  private reset(): void {
    for (const pair of this.pairs) for (const socket of pair) socket.destroy();
  }

  private join(near: Socket): void {
    if (this.state === 'refused') {
      near.destroy();
      return;
    }
    const far = connect(this.targetPort, '127.0.0.1');
    const pair = [near, far] as const;
    this.pairs.add(pair);
    for (const [from, to] of [pair, [far, near] as const]) {
      from.on('error', () => undefined);
      from.on('close', () => {
        to.destroy();
        this.pairs.delete(pair);
      });
      from.pipe(to);
      if (this.state === 'silent') from.pause();
    }
  }
}
