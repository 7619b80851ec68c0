import type { Readable } from 'node:stream';
import type { ChecksumAlgorithm, S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { translateAwsError } from './aws-failures.js';

/** Large enough for S3's limit of 10,000 parts at 320 GB, small enough for two of them in memory. */
const PART_BYTES = 32 * 2 ** 20;

export interface UploadRequest {
  readonly bucket: string;
  readonly key: string;
  readonly body: Readable;
  readonly onProgress: (bytesUploaded: number) => void;
  /** What S3 checks and keeps; default: the SDK's, crc64nvme of the whole object. */
  readonly checksum?: ChecksumAlgorithm;
}

/** Uploads a stream as S3 clients do: one PUT when it is small, else in parts. */
export async function uploadObject(
  client: S3Client,
  { bucket, key, body, onProgress, checksum }: UploadRequest,
): Promise<void> {
  const upload = new Upload({
    client,
    params: {
      Bucket: bucket,
      Key: key,
      Body: body,
      ...(checksum === undefined ? {} : { ChecksumAlgorithm: checksum }),
    },
    partSize: PART_BYTES,
    queueSize: 2,
  });
  upload.on('httpUploadProgress', ({ loaded }) => {
    onProgress(loaded ?? 0);
  });
  await upload.done().catch((error: unknown) => {
    throw translateAwsError(error, 'upload', { bucket, key });
  });
}
