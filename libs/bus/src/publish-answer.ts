/** What JetStream answers to a publish. */
import type { Msg } from 'nats';

/** JSStreamMessageExceedsMaximumErr: larger than an operator allows the stream's messages to be. */
const TOO_LARGE_FOR_STREAM = 10_054;

export interface Refusal {
  reason: string;
  /** Asked again, the answer is the same. */
  forGood: boolean;
}

interface PublishAnswer {
  error?: { description?: string; err_code?: number };
}

/** Why JetStream did not store it, or null where it did. Its answer is JSON; "no responders" is a bare status. */
export function refusalIn(message: Msg): Refusal | null {
  if (message.data.length === 0)
    return { reason: message.headers?.code === 503 ? 'no stream takes it' : 'no answer', forGood: false };
  if (isPlainlyStored(message.data)) return null;
  try {
    const { error } = JSON.parse(message.string()) as PublishAnswer;
    return error ? { reason: error.description ?? 'refused', forGood: error.err_code === TOO_LARGE_FOR_STREAM } : null;
  } catch {
    return { reason: 'no answer of JetStream', forGood: false };
  }
}

const STORED = Buffer.from('{"stream":');

const BRACE = 123;

/** What the server answers nearly always, told without parsing it: an object of the stream's name and numbers, no other in it. */
const isPlainlyStored = (data: Uint8Array): boolean =>
  STORED.every((byte, at) => data[at] === byte) && !data.includes(BRACE, 1) && data.at(-1) === BRACE + 2;
