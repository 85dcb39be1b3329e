/** The streams that keep the events, and the consumer that all registries share. Made where missing, never changed. */
import type { Subjects } from '@wscm/contracts';
import {
  AckPolicy,
  type ConsumerConfig,
  DeliverPolicy,
  type JetStreamManager,
  nanos,
  NatsError,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from 'nats';
import { type Bus, toMsgHdrs } from './bus';

const HOUR_MS = 3_600_000;

/** How long events stay readable for other consumers and for registries that were away. */
const MAX_AGE_MS = 72 * HOUR_MS;

/** Within this time, publishing an event again stores nothing. */
const DUPLICATE_WINDOW_MS = 120_000;

/** An event that a registry took is handed to another one after this time without an acknowledgement. */
export const ACK_WAIT_MS = 30_000;

/** At most so many events are with registries at a time. */
const MAX_ACK_PENDING = 20_000;

/** Makes the streams where they are missing. An operator's changes (replicas, limits) stay as they are. */
export async function ensureStreams(bus: Bus, subjects: Subjects): Promise<void> {
  const jsm = await bus.connection.jetstreamManager({ checkAPI: false });
  await ensureStream(jsm, { name: subjects.stream, subjects: [subjects.allEvents] });
  await ensureStream(jsm, { name: subjects.deadLetterStream, subjects: [subjects.allDeadLetters] });
}

async function ensureStream(jsm: JetStreamManager, { name, subjects }: { name: string; subjects: string[] }) {
  const config: Partial<StreamConfig> = {
    name,
    subjects,
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    max_age: nanos(MAX_AGE_MS),
    duplicate_window: nanos(DUPLICATE_WINDOW_MS),
  };
  await unlessThere(
    () => jsm.streams.info(name),
    () => jsm.streams.add(config),
  );
}

/** When the stream of events was made: another time means that it was deleted and made anew. */
export async function streamCreated(bus: Bus, subjects: Subjects): Promise<string> {
  const jsm = await bus.connection.jetstreamManager({ checkAPI: false });
  return (await jsm.streams.info(subjects.stream)).created;
}

/**
 * The consumer that all registries share, made where it is missing: each event goes to one of them. A new one begins after
 * the place `after` in the stream, 0 for its beginning.
 */
export async function ensureConsumer(bus: Bus, subjects: Subjects, after = 0): Promise<void> {
  const jsm = await bus.connection.jetstreamManager({ checkAPI: false });
  const config: Partial<ConsumerConfig> = {
    durable_name: subjects.consumer,
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(ACK_WAIT_MS),
    max_ack_pending: MAX_ACK_PENDING,
    filter_subject: subjects.allEvents,
    ...(after > 0 ? { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: after + 1 } : {}),
  };
  await unlessThere(
    () => jsm.consumers.info(subjects.stream, subjects.consumer),
    () => jsm.consumers.add(subjects.stream, config),
  );
}

/** Several processes may find it missing at a time: whoever is late finds it made, with the same configuration. */
async function unlessThere(look: () => Promise<unknown>, make: () => Promise<unknown>): Promise<void> {
  try {
    await look();
  } catch (error) {
    if (!(error instanceof NatsError) || error.api_error?.code !== 404) throw error;
    await make();
  }
}

/** How far the shared consumer is: everything up to `ackFloor` is dealt with; `pending` events are with nobody yet. */
export interface ConsumerProgress {
  ackFloor: number;
  pending: number;
  unacknowledged: number;
}

export async function consumerProgress(bus: Bus, subjects: Subjects): Promise<ConsumerProgress> {
  const jsm = await bus.connection.jetstreamManager({ checkAPI: false });
  const info = await jsm.consumers.info(subjects.stream, subjects.consumer);
  return { ackFloor: info.ack_floor.stream_seq, pending: info.num_pending, unacknowledged: info.num_ack_pending };
}

/** Stores one event and waits until JetStream has it. `id`: publishing the same id again stores nothing. */
export async function storeEvent(
  bus: Bus,
  event: { subject: string; headers: Record<string, string>; payload: Uint8Array },
  id: string,
): Promise<void> {
  await bus.connection
    .jetstream()
    .publish(event.subject, event.payload, { msgID: id, headers: toMsgHdrs(event.headers) });
}
