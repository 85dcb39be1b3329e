/** Who of the system lives: reports who dies, and ends the rest in order. */
import { describeExit, type Exit } from '../children/exit';
import type { Log } from '../log';
import type { Server } from '../servers/server-process';
import type { Replica } from './replica';

/** A process of the system. */
export type Member = Replica | Server;

/** Every kind of process that the system is made of. */
export type MemberKind = Member['kind'];

/** Who needs others is ended before them. */
const ENDING_ORDER = ['gateway', 'registry', 'mongod', 'nats-server'] as const satisfies readonly MemberKind[];

/** The processes of one system. */
export class Roster {
  /** Resolves with the kind whose last member died without being asked to by {@link Roster.end}. */
  readonly kindLost: Promise<MemberKind>;
  readonly #log: Log;
  #living: readonly Member[] = [];
  #tellLost: (kind: MemberKind) => void = () => undefined;
  #ending: Promise<void> | undefined;

  constructor(log: Log) {
    this.#log = log;
    this.kindLost = new Promise((resolve) => (this.#tellLost = resolve));
  }

  /** Those that live now. */
  get living(): readonly Member[] {
    return this.#living;
  }

  /** Takes a running process in. */
  add(member: Member): void {
    this.#living = [...this.#living, member];
    void member.exited.then((exit) => this.#remove(member, exit));
  }

  /** Ends everybody, each kind when the one before it has ended. Never rejects. */
  end(): Promise<void> {
    return (this.#ending ??= this.#endInOrder());
  }

  async #endInOrder(): Promise<void> {
    for (const kind of ENDING_ORDER) {
      await Promise.all(this.#of(kind).map((member) => member.stop()));
    }
  }

  #of(kind: MemberKind): Member[] {
    return this.#living.filter((member) => member.kind === kind);
  }

  #remove(member: Member, exit: Exit): void {
    this.#living = this.#living.filter((other) => other !== member);
    if (this.#ending) this.#log(`${member.name} has ended${exit.code === 0 ? '' : ` with ${describeExit(exit)}`}.`);
    else this.#reportDeath(member, exit);
  }

  #reportDeath(member: Member, exit: Exit): void {
    const left = this.#of(member.kind).map(({ name }) => name);
    const rest = left.length > 0 ? `left: ${left.join(', ')}` : `no ${member.kind} is left`;
    this.#log(`${member.name} (pid ${member.pid}) died with ${describeExit(exit)}; ${rest}.`);
    if (left.length === 0) this.#tellLost(member.kind);
  }
}
