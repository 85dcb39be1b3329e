/** Ctrl-C and SIGTERM: the first asks for an orderly end, the second for a quick one. */
/** What tells of signals: `process`, but for tests. */
export interface SignalSource {
  on(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
  off(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Two signals, aborted one after the other. */
export interface Interrupts {
  readonly orderly: AbortSignal;
  readonly quick: AbortSignal;
  /** Gives the process's signals back. */
  dispose(): void;
}

/** npm passes on a Ctrl-C that the terminal has sent to us as well: within this time it is the same one. */
const SAME_MS = 500;

/** Listens until it is disposed of. */
export function listenForInterrupts(source: SignalSource): Interrupts {
  const orderly = new AbortController();
  const quick = new AbortController();
  let firstAt = 0;
  const take = (): void => {
    if (!orderly.signal.aborted) {
      firstAt = performance.now();
      orderly.abort();
    } else if (performance.now() - firstAt > SAME_MS) quick.abort();
  };
  for (const signal of SIGNALS) source.on(signal, take);
  const dispose = (): void => SIGNALS.forEach((signal) => source.off(signal, take));
  return { orderly: orderly.signal, quick: quick.signal, dispose };
}
