/** One replica of the system under test, with a link of its own to NATS. */
import { BUILT_SERVICES, freePort, type Replica, type ReplicaKind, startReplica } from '@wscm/system';
import { type Cut, Link } from './link';

export type MemberKind = ReplicaKind;

export interface MemberParts {
  kind: MemberKind;
  name: string;
  natsPort: number;
  log: (line: string) => void;
}

export class Member {
  readonly kind: MemberKind;
  readonly name: string;
  /** Of a gateway; known once it told it in its log. */
  gatewayId = '';
  private frozen = false;

  private constructor(
    private readonly replica: Replica,
    private readonly link: Link,
  ) {
    this.kind = replica.kind;
    this.name = replica.name;
  }

  /** Resolves when it is ready. */
  static async start({ kind, name, natsPort, log }: MemberParts, env: NodeJS.ProcessEnv): Promise<Member> {
    const link = await Link.open(natsPort);
    const port = await freePort();
    const ports = kind === 'gateway' ? { GATEWAY_ADMIN_PORT: String(port) } : { REGISTRY_PORT: String(port) };
    let gatewayId = '';
    const read = (line: string) => {
      gatewayId ||= /gateway-started .*\bgatewayId=([\w-]+)/.exec(line)?.[1] ?? '';
      log(line);
    };
    try {
      const replica = await startReplica({
        ...{ kind, name, port, url: `http://127.0.0.1:${port}`, script: BUILT_SERVICES[kind].main, log: read },
        env: { ...env, ...ports, NATS_URL: link.url },
      });
      const member = new Member(replica, link);
      if (kind === 'gateway' && gatewayId === '') throw new Error(`${name} did not tell its id in its log`);
      member.gatewayId = gatewayId;
      return member;
    } catch (error) {
      await link.close();
      throw error;
    }
  }

  /** Of its health, metrics and, where it is a registry, REST. */
  get url(): string {
    return this.replica.url;
  }

  /** Null while it runs. */
  get exitCode(): number | string | null {
    const exit = this.replica.exit();
    return exit ? (exit.code ?? exit.signal ?? 'unknown') : null;
  }

  async ready(): Promise<boolean> {
    const response = await fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(2_000) }).catch(() => null);
    await response?.body?.cancel();
    return response?.status === 200;
  }

  async kill(): Promise<void> {
    await this.replica.kill();
    await this.link.close();
  }

  /** SIGTERM; resolves with the exit code when it has ended. */
  async end(deadlineMs: number): Promise<number | string> {
    await this.replica.stop('SIGTERM', deadlineMs);
    await this.link.close();
    return this.exitCode ?? 'unknown';
  }

  freeze(): void {
    this.frozen = true;
    process.kill(this.replica.pid, 'SIGSTOP');
  }

  thaw(): void {
    if (this.frozen && this.exitCode === null) process.kill(this.replica.pid, 'SIGCONT');
    this.frozen = false;
  }

  cutOff(how: Cut): void {
    this.link.cut(how);
  }

  mend(): void {
    this.link.mend();
  }
}
