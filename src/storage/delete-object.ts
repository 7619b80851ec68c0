import { DeleteObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { ObjectRef } from '../core/contracts.js';
import { translateAwsError } from './aws-failures.js';

/**
 * Deletes an object: the version that is named, else the current one. Needs s3:DeleteObject (or DeleteObjectVersion).
 * @throws MidstateError AccessDenied (not retried); StoreUnavailable (retried)
 */
export async function deleteObject(
  client: S3Client,
  { bucket, key, versionId }: Pick<ObjectRef, 'bucket' | 'key' | 'versionId'>,
): Promise<void> {
  const version = versionId === undefined ? {} : { VersionId: versionId };
  await client
    .send(new DeleteObjectCommand({ Bucket: bucket, Key: key, ...version }))
    .catch((error: unknown) => {
      throw translateAwsError(error, 'delete object', { bucket, key, versionId });
    });
}
