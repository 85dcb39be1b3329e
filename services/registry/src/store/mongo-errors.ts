/** Which errors of MongoDB mean what. */
import { BSON, MongoBulkWriteError, MongoError, MongoServerError } from 'mongodb';

const DUPLICATE_KEY = 11_000;

/** BSONObjectTooLarge and its kin: this document can't be stored, however often it is tried. */
const UNSTORABLE = new Set([10_334, 17_419, 17_420, 2, 14, 22]);

/** Somebody else made the document in the same moment. */
export const isDuplicateKey = (error: unknown): boolean =>
  error instanceof MongoServerError && error.code === DUPLICATE_KEY;

/** Writing the same again gives the same failure. */
export const isUnstorable = (error: unknown): boolean =>
  error instanceof BSON.BSONError || (error instanceof MongoServerError && UNSTORABLE.has(Number(error.code)));

/** MongoDB is away, or has no primary, or is too slow: a matter of trying again later. */
export const isUnavailable = (error: unknown): boolean =>
  error instanceof MongoError && !isDuplicateKey(error) && !isUnstorable(error);

/** The operations of an unordered bulk write that failed, by index; null where the whole of it failed. */
export const failedOperations = (error: unknown): number[] | null => {
  if (!(error instanceof MongoBulkWriteError) || error.result.getWriteConcernError()) return null;
  return [error.writeErrors].flat().map(({ index }) => index);
};
