/** The compiled load generator (`bench/load`), driven by lines of JSON. */
/* global performance, setTimeout, clearTimeout */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../dist/load', import.meta.url));
const DEFAULT_TIMEOUT_MS = 60_000;
/** What an answer may take beyond the time that the command itself was given. */
const GRACE_MS = 15_000;

export class LoadGenerator {
  #child;
  #waiting = new Map();
  #nextId = 1;
  /** Milliseconds that this process's clock is behind the generator's, which is in the stamps. */
  clockOffsetMs = 0;
  threads = 0;

  static async start() {
    const generator = new LoadGenerator();
    await generator.#begin();
    return generator;
  }

  get pid() {
    return this.#child.pid;
  }

  /**
   * Runs a command of `bench/load` (see its `commands`), and resolves with its answer.
   *
   * @param {string} cmd
   * @param {object} [options]
   * @returns {Promise<any>}
   */
  async run(cmd, options = {}) {
    const id = this.#nextId++;
    const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const answer = new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${cmd}: no answer`)), timeoutMs + GRACE_MS);
      this.#waiting.set(id, (result) => {
        clearTimeout(timer);
        if (result.error) reject(new Error(`${cmd}: ${result.error}: ${JSON.stringify(result).slice(0, 500)}`));
        else resolve(result);
      });
    });
    this.#child.stdin.write(`${JSON.stringify({ id, cmd, ...options, timeoutMs })}\n`);
    return answer;
  }

  /** This moment by the generator's clock, in milliseconds. */
  now() {
    return performance.timeOrigin + performance.now() + this.clockOffsetMs;
  }

  async stop() {
    if (this.#child.exitCode !== null) return;
    this.#child.stdin.end();
    await once(this.#child, 'exit');
  }

  async #begin() {
    this.#child = spawn(PROGRAM, { detached: true, stdio: ['pipe', 'pipe', 'inherit'] });
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      const result = JSON.parse(line);
      this.#waiting.get(result.id)?.(result);
      this.#waiting.delete(result.id);
    });
    this.#child.on('exit', (code) => {
      for (const [id, answer] of this.#waiting) answer({ id, error: `the load generator ended with ${code}` });
    });
    for (let i = 0; i < 5; i += 1) {
      const sent = performance.now();
      const { nowUs, threads } = await this.run('hello');
      const middle = performance.timeOrigin + (sent + performance.now()) / 2;
      this.threads = threads;
      this.clockOffsetMs = nowUs / 1000 - middle;
    }
  }
}
