import type { ObjectDescription } from '../src/core/contracts.js';
import { MidstateError } from '../src/core/failures.js';
import type { ObjectStore } from '../src/core/ports.js';
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
  if (description.archive !== undefined && description.isRestored !== true) {
    throw new MidstateError('Archived', 'describe object: restore it before it can be hashed', {
      facts: { bucket: object.bucket, key: object.key, archive: description.archive },
    });
  }
  return description;
}
