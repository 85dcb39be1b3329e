/** The streams that keep the events, and the consumer that all registries share. Made where missing, never changed. */
import { setTimeout } from 'node:timers/promises';
import { newRegistryId, type ReceivedEvent, type Subjects } from '@wscm/contracts';
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

/** How long a start waits for JetStream to take the streams. */
const FIRST_STREAMS_MS = 60_000;
const RETRY_MS = 500;

/** JetStream's error codes: the cluster has too few servers for the replicas as yet; there is no cluster. */
const NO_SUITABLE_PEERS = 10_005;
const NOT_A_CLUSTER = 10_074;

/** While a NATS cluster has no leader, nobody answers: asking again soon finds the new one sooner. */
const ANSWER_MS = 2_000;

const managerOf = (bus: Bus): Promise<JetStreamManager> =>
  bus.connection.jetstreamManager({ checkAPI: false, timeout: ANSWER_MS });

/**
 * Makes the streams where they are missing, on so many servers of the NATS cluster. An operator's changes (replicas,
 * limits) stay as they are.
 */
export async function ensureStreams(bus: Bus, subjects: Subjects, replicas = 1): Promise<void> {
  const jsm = await managerOf(bus);
  const make = (name: string, subject: string) =>
    ensureStream(jsm, { name, subjects: [subject], num_replicas: replicas });
  await make(subjects.stream, subjects.allEvents);
  await make(subjects.deadLetterStream, subjects.allDeadLetters);
}

/**
 * As `ensureStreams`, for a start: a NATS cluster that is being started, too, gets time until enough of its servers are
 * there. Rejects with the last reason when the time is over, and at once where time does not help.
 */
export async function awaitStreams(
  bus: Bus,
  subjects: Subjects,
  replicas: number,
  timeoutMs = FIRST_STREAMS_MS,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    try {
      await ensureStreams(bus, subjects, replicas);
      return;
    } catch (error) {
      if (isForGood(error) || Date.now() > deadline) throw notMade(replicas, error);
      await setTimeout(RETRY_MS);
    }
  }
}

/** JetStream would answer the same again: to a bad request, which a lack of servers counts as, though it may pass. */
function isForGood(error: unknown): boolean {
  const fault = error instanceof NatsError ? error.api_error : undefined;
  return (fault?.code === 400 && fault.err_code !== NO_SUITABLE_PEERS) || fault?.err_code === NOT_A_CLUSTER;
}

function notMade(replicas: number, reason: unknown): Error {
  const told = reason instanceof NatsError ? reason.api_error?.description : undefined;
  return new Error(
    `NATS does not make the streams; has it JetStream, and servers enough for STREAM_REPLICAS=${replicas}?`,
    { cause: told ? new Error(told, { cause: reason }) : reason },
  );
}

async function ensureStream(
  jsm: JetStreamManager,
  given: Pick<StreamConfig, 'name' | 'subjects' | 'num_replicas'>,
): Promise<void> {
  const config: Partial<StreamConfig> = {
    ...given,
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    max_age: nanos(MAX_AGE_MS),
    duplicate_window: nanos(DUPLICATE_WINDOW_MS),
  };
  await unlessThere(
    () => jsm.streams.info(given.name),
    () => jsm.streams.add(config),
  );
}

/** What is there of the stream of events. */
export interface StreamState {
  /** When it was made: another time means that it was deleted and made anew. */
  created: string;
  /** The place of the oldest event that it has, or of the next one to come; all before it are gone. */
  firstSeq: number;
  /** The place of the latest event; less than `firstSeq` where it has none. */
  lastSeq: number;
}

export async function streamState(bus: Bus, subjects: Subjects): Promise<StreamState> {
  const jsm = await managerOf(bus);
  const { created, state } = await jsm.streams.info(subjects.stream);
  return { created, firstSeq: Math.max(1, state.first_seq), lastSeq: state.last_seq };
}

/**
 * The consumer that all registries share, made where it is missing: each event goes to one of them. A new one begins after
 * the place `after` in the stream, 0 for its beginning.
 */
export async function ensureConsumer(bus: Bus, subjects: Subjects, after = 0): Promise<void> {
  const jsm = await managerOf(bus);
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

/** A consumer that one reader has for itself, for as long as it pulls: nothing is acknowledged, nothing kept on disk. */
export interface OwnConsumer {
  name: string;
  /** Events that it will hand out, as of now. */
  pending: number;
}

/** Ends by itself when nobody has pulled from it for so long. */
const ABANDONED_MS = 30_000;

/** Of the events of these subjects, those after the place `after`. */
export async function makeOwnConsumer(
  bus: Bus,
  subjects: Subjects,
  { filter, after }: { filter: string; after: number },
): Promise<OwnConsumer> {
  const jsm = await managerOf(bus);
  const { name, num_pending } = await jsm.consumers.add(subjects.stream, {
    name: `${subjects.service}-reader-${newRegistryId()}`,
    ack_policy: AckPolicy.None,
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: after + 1,
    filter_subject: filter,
    inactive_threshold: nanos(ABANDONED_MS),
    mem_storage: true,
    num_replicas: 1,
  });
  return { name, pending: num_pending };
}

/** How many events such a consumer has handed out, and will hand out as of now. */
export async function progressOf(
  bus: Bus,
  subjects: Subjects,
  name: string,
): Promise<{ handedOut: number; pending: number }> {
  const jsm = await managerOf(bus);
  const { delivered, num_pending } = await jsm.consumers.info(subjects.stream, name);
  return { handedOut: delivered.consumer_seq, pending: num_pending };
}

/** The latest event of a subject, or null where the stream has none. */
export async function latestEvent(bus: Bus, subjects: Subjects, subject: string): Promise<ReceivedEvent | null> {
  const jsm = await managerOf(bus);
  try {
    const { header, data } = await jsm.streams.getMessage(subjects.stream, { last_by_subj: subject });
    return { subject, payload: data, header: (name) => header.get(name) };
  } catch (error) {
    if (error instanceof NatsError && error.api_error?.code === 404) return null;
    throw error;
  }
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
  /** Of the unacknowledged, those handed out more than once. */
  redelivered: number;
}

export async function consumerProgress(bus: Bus, subjects: Subjects): Promise<ConsumerProgress> {
  const jsm = await managerOf(bus);
  const info = await jsm.consumers.info(subjects.stream, subjects.consumer);
  return {
    ackFloor: info.ack_floor.stream_seq,
    pending: info.num_pending,
    unacknowledged: info.num_ack_pending,
    redelivered: info.num_redelivered,
  };
}

/**
 * Stores one event and waits until JetStream has it. `id`: publishing the same id again stores nothing. Resolves with
 * whether this call stored it.
 */
export async function storeEvent(
  bus: Bus,
  event: { subject: string; headers: Record<string, string>; payload: Uint8Array },
  id: string,
): Promise<boolean> {
  const { duplicate } = await bus.connection
    .jetstream()
    .publish(event.subject, event.payload, { msgID: id, headers: toMsgHdrs(event.headers) });
  return !duplicate;
}
