/** Why a request over the bus failed. */
import { ErrorCode, NatsError } from 'nats';

/**
 * `noResponders`: nobody listens there. `timeout`: somebody may have got it. `disconnected`: it was not sent.
 * `refused`: a service answered with an error.
 */
export type BusFailure = 'noResponders' | 'timeout' | 'disconnected' | 'refused';

export class BusError extends Error {
  override readonly name = 'BusError';

  constructor(
    readonly failure: BusFailure,
    subject: string,
    options?: ErrorOptions,
  ) {
    super(`${failure} on ${subject}`, options);
  }
}

/** The client's error as one of ours; errors of any other kind stay as they are. */
export function toBusError(error: unknown, subject: string): unknown {
  if (!(error instanceof NatsError) || isTooLarge(error)) return error;
  if (error.code === (ErrorCode.NoResponders as string)) return new BusError('noResponders', subject, { cause: error });
  if (error.code === (ErrorCode.Timeout as string)) return new BusError('timeout', subject, { cause: error });
  return new BusError('disconnected', subject, { cause: error });
}

/** A message was larger, with its headers, than the server takes; nothing was sent. */
export const isTooLarge = (error: unknown): boolean =>
  error instanceof NatsError && error.code === (ErrorCode.MaxPayloadExceeded as string);
