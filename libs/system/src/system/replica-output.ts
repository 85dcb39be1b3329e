/** What a replica says, line by line: kept while it starts, shown under its name from then on. */
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Log } from '../log';
import { forPeople } from './log-line';

const KEPT_LINES = 200;

/** The output of one replica. A start that fails is told with its last lines instead of showing them twice. */
export class ReplicaOutput {
  #kept: string[] = [];
  #shown = false;

  constructor(
    private readonly name: string,
    private readonly log: Log,
  ) {}

  /** Reads a stream of the replica to its end. */
  read(stream: Readable): void {
    createInterface({ input: stream }).on('line', (line) => this.#take(line));
  }

  /** Shows what was kept, and everything that comes. */
  show(): void {
    this.#shown = true;
    for (const line of this.#kept) this.#tell(line);
    this.#kept = [];
  }

  /** The last lines of those that were not shown. */
  last(count: number): readonly string[] {
    return this.#kept.slice(-count);
  }

  #take(line: string): void {
    if (this.#shown) this.#tell(line);
    else this.#kept = [...this.#kept.slice(1 - KEPT_LINES), line];
  }

  #tell(line: string): void {
    this.log(`${this.name} | ${forPeople(line)}`);
  }
}
