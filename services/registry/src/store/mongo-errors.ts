/** Which errors of MongoDB mean what. */
import {
  BSON,
  MongoBulkWriteError,
  MongoError,
  MongoInvalidArgumentError,
  MongoServerError,
  MongoWriteConcernError,
} from 'mongodb';

const DUPLICATE_KEY = 11_000;

/** BSONObjectTooLarge and its kin: this document can't be stored, however often it is tried. */
const TOO_LARGE = new Set([10_334, 17_419, 17_420]);

/**
 * What MongoDB answers when it is at fault, not the operation: names are those of its `error_codes.yml`. Whatever has one
 * of these is tried again for as long as it takes.
 */
const UNAVAILABLE = new Set([
  6, // HostUnreachable
  7, // HostNotFound
  13, // Unauthorized: whoever took the rights away may give them back
  18, // AuthenticationFailed
  24, // LockTimeout
  46, // LockBusy
  50, // MaxTimeMSExpired
  63, // StaleShardVersion
  64, // WriteConcernTimeout
  79, // UnknownReplWriteConcern
  89, // NetworkTimeout
  91, // ShutdownInProgress
  100, // UnsatisfiableWriteConcern
  112, // WriteConflict
  133, // FailedToSatisfyReadPreference
  134, // ReadConcernMajorityNotAvailableYet
  146, // ExceededMemoryLimit
  150, // StaleEpoch
  189, // PrimarySteppedDown
  202, // NetworkInterfaceExceededTimeLimit
  262, // ExceededTimeLimit
  317, // ConnectionPoolExpired
  365, // TemporarilyUnavailable
  371, // UserWritesBlocked
  384, // ConnectionError
  391, // ReauthenticationRequired
  462, // IngressRequestRateLimitExceeded
  8_000, // AtlasError
  9_001, // SocketException
  10_107, // NotWritablePrimary
  11_600, // InterruptedAtShutdown
  11_601, // Interrupted
  11_602, // InterruptedDueToReplStateChange
  13_388, // StaleConfig
  13_435, // NotPrimaryNoSecondaryOk
  13_436, // NotPrimaryOrSecondary
  14_031, // OutOfDiskSpace
]);

/** Labels by which server and driver say that the same operation may succeed later. */
const TRY_AGAIN = ['RetryableWriteError', 'RetryableError', 'TransientTransactionError', 'SystemOverloadedError'];

/** Somebody else made the document in the same moment. */
export const isDuplicateKey = (error: unknown): boolean =>
  error instanceof MongoServerError && error.code === DUPLICATE_KEY;

/** Writing the same again gives the same failure, without any doubt. */
export const isUnstorable = (error: unknown): boolean =>
  error instanceof BSON.BSONError || (error instanceof MongoServerError && TOO_LARGE.has(Number(error.code)));

/**
 * MongoDB is away, has no primary, no space or no rights for us, or is too slow: a matter of trying again later. False
 * where it refuses just this operation, and for errors that are none of MongoDB's.
 */
export function isUnavailable(error: unknown): boolean {
  if (isCutOff(error)) return true;
  if (!(error instanceof MongoError) || error instanceof MongoInvalidArgumentError) return false;
  return error instanceof MongoServerError ? isTold(error) : true;
}

/** The operations of an unordered bulk write that failed, by index; null where the whole of it failed. */
export const failedOperations = (error: unknown): number[] | null => {
  if (!(error instanceof MongoBulkWriteError) || error.result.getWriteConcernError()) return null;
  return writeErrorsOf(error).map(({ index }) => index);
};

/** What the server answered says that it is the server's fault. One such operation of a batch is enough. */
function isTold(error: MongoServerError): boolean {
  if (error instanceof MongoWriteConcernError) return true;
  if (TRY_AGAIN.some((label) => error.hasErrorLabel(label))) return true;
  if (!(error instanceof MongoBulkWriteError)) return UNAVAILABLE.has(Number(error.code));
  // The driver's own faults come wrapped, too, e.g. that the connection was lost.
  const wrapped: unknown = error.errorResponse;
  if (error.result.getWriteConcernError()) return true;
  if (isUnavailable(wrapped)) return true;
  return [error, ...writeErrorsOf(error)].some(({ code }) => UNAVAILABLE.has(Number(code)));
}

/** What the driver lets through as it came: the error of a socket that ends in the midst of a large request. */
const isCutOff = (error: unknown): boolean => {
  const { syscall } = Object(error) as { syscall?: unknown };
  return syscall === 'write' || syscall === 'read';
};

const writeErrorsOf = (error: MongoBulkWriteError) => [error.writeErrors].flat();
