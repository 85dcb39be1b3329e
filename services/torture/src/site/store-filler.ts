/** Uses up the space that JetStream has. */
import { headers, type NatsConnection, NatsError } from 'nats';
import { STORE_BYTES } from './site';

const STREAM = 'TORTURE_FILLER';
const PIECE_BYTES = 1_000_000;
const SMALL_BYTES = 500;

/** Resolves when JetStream takes nothing more, with what gives the space back. */
export async function fillStore(nats: NatsConnection): Promise<() => Promise<void>> {
  const jsm = await nats.jetstreamManager();
  await jsm.streams.add({ name: STREAM, subjects: ['torture.filler'] });
  const js = nats.jetstream();
  for (const size of [PIECE_BYTES, SMALL_BYTES * 20, SMALL_BYTES])
    for (let stored = 0; stored < STORE_BYTES; stored += size)
      if (!(await taken(js.publish('torture.filler', new Uint8Array(size), { headers: headers() })))) break;
  return async () => {
    await jsm.streams.delete(STREAM);
  };
}

async function taken(publish: Promise<unknown>): Promise<boolean> {
  try {
    await publish;
    return true;
  } catch (error) {
    if (error instanceof NatsError) return false;
    throw error;
  }
}
