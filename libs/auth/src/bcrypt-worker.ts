/** Bcrypt in a thread of its own: one comparison takes long enough to hold up everything else in this one. */
import { Worker } from 'node:worker_threads';

const SCRIPT = `
const { parentPort, workerData } = require('node:worker_threads');
const { compareSync } = require(workerData);
parentPort.on('message', ({ id, password, hash }) => {
  parentPort.postMessage({ id, same: compareSync(password, hash) });
});`;

interface Waiting {
  resolve: (same: boolean) => void;
  reject: (error: Error) => void;
}

/** Comparisons are carried out one after the other. */
export class BcryptWorker {
  private worker: Worker | undefined;
  private readonly waiting = new Map<number, Waiting>();
  private lastId = 0;
  private closed = false;

  /** How many comparisons have not been answered yet. */
  get pending(): number {
    return this.waiting.size;
  }

  /** Rejects where the thread ends meanwhile; the next comparison starts another one. */
  compare(password: string, hash: string): Promise<boolean> {
    if (this.closed) return Promise.reject(new Error('closed'));
    const worker = (this.worker ??= this.start());
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      worker.postMessage({ id, password, hash });
    });
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.worker?.terminate();
  }

  private start(): Worker {
    const worker = new Worker(SCRIPT, { eval: true, workerData: require.resolve('bcryptjs'), env: {} });
    worker.unref();
    worker.on('message', ({ id, same }: { id: number; same: boolean }) => {
      this.waiting.get(id)?.resolve(same);
      this.waiting.delete(id);
    });
    worker.on('error', () => undefined);
    worker.on('exit', () => this.onExit());
    return worker;
  }

  private onExit(): void {
    this.worker = undefined;
    for (const { reject } of this.waiting.values()) reject(new Error('the thread for passwords has ended'));
    this.waiting.clear();
  }
}
