import type { ObjectDescription } from '../src/core/contracts.js';
import { MidstateError } from '../src/core/failures.js';
import type { ObjectStore, OpenedObject } from '../src/core/ports.js';
import type { DescribeObjectInput } from './activity-contracts.js';

/**
 * Pins size, ETag, version, storage class and stored checksums of the version asked for.
 * Retry-safe: it only reads.
 *
 * @throws MidstateError ObjectGone, ObjectChanged, Archived, AccessDenied, BucketNotFound (not retried); StoreUnavailable
 */
export async function describeObject(
  store: ObjectStore,
  { object }: DescribeObjectInput,
): Promise<ObjectDescription> {
  const description = await store.describe(object);
  refuseArchived(description);
  return description;
}

/** As `describeObject`, of an object that is to be read at once: in one request. */
export async function openObject(
  store: ObjectStore,
  { object }: DescribeObjectInput,
  signal: AbortSignal,
): Promise<OpenedObject> {
  const opened = await store.open(object, signal);
  try {
    refuseArchived(opened.description);
    return opened;
  } catch (error) {
    opened.close();
    throw error;
  }
}

function refuseArchived({ object, archive, isRestored }: ObjectDescription): void {
  if (archive === undefined || isRestored === true) return;
  throw new MidstateError('Archived', 'describe object: restore it before it can be hashed', {
    facts: { bucket: object.bucket, key: object.key, archive },
  });
}
