import {
  GetObjectTaggingCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  RestoreObjectCommand,
  type RestoreRequest,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { ObjectDescription, ObjectRef } from '../core/contracts.js';
import { MidstateError, type FailureFacts } from '../core/failures.js';
import type { ObjectStore, RestoreWanted, SidecarWrite } from '../core/ports.js';
import type { RestoreTier } from '../core/restore.js';
import { translateAwsError } from './aws-failures.js';
import { descriptionOf, SIDECAR_MARK } from './object-description.js';
import { openObject } from './open-object.js';
import { factsOf, pinned, type Wanted } from './pinned.js';
import { listPartSizes } from './s3-part-sizes.js';

/**
 * `ObjectStore` on S3. Needs s3:GetObject, s3:GetObjectTagging, s3:PutObjectTagging, s3:PutObject (each also for versions).
 * What it opens a range reader of S3 takes up.
 */
export function createS3ObjectStore(client: S3Client): ObjectStore {
  return {
    describe: (object) => describe(client, object),
    open: async (object, signal) =>
      (await openObject(client, object, signal)) ?? {
        description: await describe(client, object),
        close: () => undefined,
      },
    listPartSizes: (object, parts) => listPartSizes(client, object, parts),
    readTags: (object) => readTags(client, object),
    writeTags: (object, tags) => writeTags(client, object, tags),
    requestRestore: (object, tier, days) => requestRestore(client, object, tier, days),
    writeSidecar: (sidecar) => writeSidecar(client, sidecar),
  };
}

async function describe(client: S3Client, wanted: Wanted): Promise<ObjectDescription> {
  const ask = () => client.send(new HeadObjectCommand({ ...pinned(wanted), ChecksumMode: 'ENABLED' }));
  const head = await ask()
    .catch((error: unknown) => {
      if (!isDenied(error)) throw error;
      return ask();
    })
    .catch(async (error: unknown) => {
      throw await withBucketChecked(
        client,
        wanted,
        translateAwsError(error, 'describe object', factsOf(wanted)),
      );
    });
  return descriptionOf(wanted, head);
}

/**
 * The answer to a HEAD says no reason. It may be that the clock of this machine was set right a moment ago, and the SDK
 * still made up for its error; after the answer it does no more, and asking again tells.
 */
function isDenied(error: unknown): boolean {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode === 403;
}

/** HEAD answers 404 without a reason; asks whether it is the bucket that is missing. */
async function withBucketChecked(client: S3Client, { bucket }: Wanted, error: unknown): Promise<unknown> {
  if (!(error instanceof MidstateError) || error.failure !== 'ObjectGone') return error;
  try {
    await client.send(new HeadBucketCommand({ Bucket: bucket }));
    return error;
  } catch (bucketError) {
    const status = (bucketError as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
    if (status !== 404) return error;
    return translateAwsError(Object.assign(new Error(), { name: 'NoSuchBucket' }), 'describe object', {
      bucket,
    });
  }
}

async function readTags(client: S3Client, object: ObjectRef): Promise<Record<string, string>> {
  const { IfMatch: _, ...version } = pinned(object);
  const answer = await client.send(new GetObjectTaggingCommand(version)).catch((error: unknown) => {
    throw translateAwsError(error, 'read tags', factsOf(object));
  });
  return Object.fromEntries((answer.TagSet ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? '']));
}

async function writeTags(client: S3Client, object: ObjectRef, tags: Record<string, string>): Promise<void> {
  const { IfMatch: _, ...version } = pinned(object);
  const TagSet = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  await client
    .send(new PutObjectTaggingCommand({ ...version, Tagging: { TagSet } }))
    .catch((error: unknown) => {
      throw translateAwsError(error, 'write tags', factsOf(object));
    });
}

async function requestRestore(
  client: S3Client,
  { bucket, key, versionId }: RestoreWanted,
  tier: RestoreTier,
  days: number | undefined,
): Promise<void> {
  // For Intelligent-Tiering neither days nor a tier's wrapper for copies may be given.
  const RestoreRequest: RestoreRequest =
    days === undefined ? { Tier: tier } : { Days: days, GlacierJobParameters: { Tier: tier } };
  const version = versionId === undefined ? {} : { VersionId: versionId };
  await client
    .send(new RestoreObjectCommand({ Bucket: bucket, Key: key, ...version, RestoreRequest }))
    .catch((error: unknown) => {
      const { name } = error as Error;
      if (name === 'RestoreAlreadyInProgress') return;
      if (name === 'GlacierExpeditedRetrievalNotAvailable') throw noCapacity(error, { bucket, key });
      throw translateAwsError(error, 'restore object', { bucket, key });
    });
}

function noCapacity(cause: unknown, facts: FailureFacts): MidstateError {
  return new MidstateError(
    'Archived',
    'restore object: S3 has no capacity for this tier now: replay later, or choose another tier',
    { facts, cause },
  );
}

async function writeSidecar(client: S3Client, sidecar: SidecarWrite): Promise<void> {
  const condition =
    sidecar.replacesEtag === undefined ? { IfNoneMatch: '*' } : { IfMatch: `"${sidecar.replacesEtag}"` };
  await client
    .send(
      new PutObjectCommand({
        Bucket: sidecar.bucket,
        Key: sidecar.key,
        Body: sidecar.body,
        ContentType: 'text/plain; charset=utf-8',
        Metadata: { [SIDECAR_MARK]: sidecar.of.versionId ?? sidecar.of.etag },
        ...condition,
      }),
    )
    .catch((error: unknown) => {
      throw translateAwsError(error, 'write sidecar', { bucket: sidecar.bucket, key: sidecar.key });
    });
}
