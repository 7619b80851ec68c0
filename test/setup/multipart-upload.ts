import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { ObjectRef } from '../../src/core/contracts.js';

/** The least S3 takes for a part that is not the last. */
export const LEAST_PART_BYTES = 5 * 2 ** 20;

/**
 * Uploads in these very parts. S3 then holds a composite checksum of `composite`; without one, no checksum by parts but
 * the ETag.
 */
export async function uploadParts(
  s3: S3Client,
  { bucket: Bucket, key: Key }: Pick<ObjectRef, 'bucket' | 'key'>,
  parts: readonly Buffer[],
  composite?: 'CRC32' | 'CRC32C' | 'SHA1' | 'SHA256',
): Promise<ObjectRef> {
  const checksum = composite === undefined ? {} : { ChecksumAlgorithm: composite };
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key, ...checksum }));
  const Parts = [];
  for (const [index, Body] of parts.entries()) {
    const PartNumber = index + 1;
    const part = await s3.send(
      new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body, ...checksum }),
    );
    const { ETag, ChecksumCRC32, ChecksumCRC32C, ChecksumSHA1, ChecksumSHA256 } = part;
    Parts.push({ PartNumber, ETag, ChecksumCRC32, ChecksumCRC32C, ChecksumSHA1, ChecksumSHA256 });
  }
  const { ETag = '', VersionId } = await s3.send(
    new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }),
  );
  const versionId = VersionId === undefined ? {} : { versionId: VersionId };
  const sizeBytes = parts.reduce((sum, part) => sum + part.length, 0);
  return { bucket: Bucket, key: Key, ...versionId, etag: ETag.replaceAll('"', ''), sizeBytes };
}
