/** The programs that the system and its tests need besides Node, and what it takes to get one. */
import type { Log } from '../log';

/** The servers that the system is made of, named as on PATH. */
export type ServerName = 'nats-server' | 'mongod';

/** What can be found or fetched: the servers, and the browser of the tests. */
export type ProgramName = ServerName | 'chromium';

/** What a source gets to work with. */
export interface FetchSettings {
  readonly env: NodeJS.ProcessEnv;
  readonly log: Log;
  readonly signal?: AbortSignal | undefined;
}

/** One place to get one version of a program from. */
export interface Source {
  /** Name of its folder in the cache; another version is another id. */
  readonly id: string;
  /** What people call it. */
  readonly title: string;
  /**
   * Puts the program's file at `file`; its folder is there and is the source's own, and may be moved afterwards.
   *
   * @throws {FetchFailed} with the reason; anything else only when `settings.signal` is aborted
   */
  fetch(file: string, settings: FetchSettings): Promise<void>;
}

/** A source can't give the program on this machine; the message is one line that says why. */
export class FetchFailed extends Error {
  override readonly name = 'FetchFailed';
}
