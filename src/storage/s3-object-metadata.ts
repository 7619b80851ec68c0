import { HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { HashObjectInput } from '../core/contracts.js';
import { translateAwsError } from './aws-failures.js';
import { factsOf, pinned } from './pinned.js';

/**
 * The owner's metadata of an object version, names in lower case without `x-amz-meta-`. Needs s3:GetObject.
 * @throws MidstateError ObjectGone, ObjectChanged, AccessDenied (not retried); StoreUnavailable (retried)
 */
export async function readObjectMetadata(
  client: S3Client,
  object: HashObjectInput['object'],
): Promise<Record<string, string>> {
  const { Metadata } = await client.send(new HeadObjectCommand(pinned(object))).catch((error: unknown) => {
    throw translateAwsError(error, 'read metadata', factsOf(object));
  });
  return Object.fromEntries(
    Object.entries(Metadata ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
  );
}
