// Eight objects to read, one after the other or at once.
import { randomBytes } from 'node:crypto';
import { existsSync, linkSync } from 'node:fs';
import { join } from 'node:path';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';

export const KEYS = Array.from({ length: 8 }, (_, index) => `object-${index}`);
const SIZE_BYTES = 1_000_000_000;
const BLOCK_BYTES = 50_000_000;

/** Uploads 1 GB, and links it under seven more keys: the server reads, checks and sends each, the disk holds one. */
export async function provideObjects(endpoint, dataDir) {
  const paths = KEYS.map((key) => join(dataDir, 'objects/bench', key));
  if (paths.every((path) => existsSync(path))) return;
  const client = new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'bench', secretAccessKey: 'benchbench' },
  });
  await client.send(new CreateBucketCommand({ Bucket: 'bench' })).catch((error) => {
    if (error.name !== 'BucketAlreadyOwnedByYou') throw error;
  });
  const body = Buffer.concat(
    Array.from({ length: SIZE_BYTES / BLOCK_BYTES }, () => randomBytes(BLOCK_BYTES)),
  );
  await client.send(new PutObjectCommand({ Bucket: 'bench', Key: KEYS[0], Body: body }));
  for (const path of paths.slice(1)) if (!existsSync(path)) linkSync(paths[0], path);
  client.destroy();
}
