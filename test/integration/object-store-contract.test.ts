import { randomUUID } from 'node:crypto';
import { CreateBucketCommand, PutBucketVersioningCommand } from '@aws-sdk/client-s3';
import { localS3Client } from '../../src/local/aws-clients.js';
import { createS3ObjectStore } from '../../src/storage/s3-object-store.js';
import { describeObjectStoreContract } from '../fakes/object-store-contract.js';
import { putObject } from '../setup/stack-clients.js';
import { theStack } from '../setup/the-stack.js';

describeObjectStoreContract('S3', async () => {
  const s3 = localS3Client(theStack().urls.s3);
  const [unversionedBucket, versionedBucket] = [`plain-${randomUUID()}`, `versioned-${randomUUID()}`];
  for (const Bucket of [unversionedBucket, versionedBucket])
    await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(
    new PutBucketVersioningCommand({
      Bucket: versionedBucket,
      VersioningConfiguration: { Status: 'Enabled' },
    }),
  );
  return {
    store: createS3ObjectStore(s3),
    unversionedBucket,
    versionedBucket,
    put: (bucket, key, body) => putObject(s3, bucket, key, body),
  };
});
