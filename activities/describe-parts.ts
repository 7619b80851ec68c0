import { layOutParts, type PartLayout } from '../src/core/part-layout.js';
import type { ObjectStore } from '../src/core/ports.js';
import type { DescribePartsInput } from './activity-contracts.js';

/**
 * Finds the sizes of the parts that an object was uploaded in: S3's, or the size given where S3 cannot tell.
 * Retry-safe: it only reads. No heartbeat: 10,000 parts take as many requests, eight at a time, where there is no listing.
 *
 * @throws MidstateError ObjectGone, ObjectChanged, AccessDenied (not retried); StoreUnavailable
 */
export async function describeParts(
  store: ObjectStore,
  { object, parts, partSizeBytes }: DescribePartsInput,
): Promise<PartLayout> {
  const listed = await store.listPartSizes(object, parts);
  return layOutParts(object.sizeBytes, parts, listed, partSizeBytes);
}
