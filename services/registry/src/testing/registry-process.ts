/** A registry as a process of its own, as it was built, with all that it says. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const MAIN = join(__dirname, '../../dist/main.js');

export class RegistryProcess {
  /** All that it wrote, on both of its outputs. */
  output = '';
  private readonly child: ChildProcess;
  private readonly exited: Promise<unknown[]>;

  constructor(env: Record<string, string>) {
    this.child = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    this.exited = once(this.child, 'close');
  }

  /** Resolves with the exit code when it has ended and said everything. */
  async ended(): Promise<number | null> {
    return (await this.exited)[0] as number | null;
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }

  stop(): Promise<number | null> {
    this.child.kill('SIGTERM');
    return this.ended();
  }
}
