import {
  GetObjectTaggingCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  RestoreObjectCommand,
  type HeadObjectCommandOutput,
  type RestoreRequest,
  type S3Client,
} from '@aws-sdk/client-s3';
import { unquote } from '../core/etag.js';
import type { Algorithm } from '../core/algorithms.js';
import type { ObjectDescription, ObjectRef, StoredChecksum } from '../core/contracts.js';
import { MidstateError, type FailureFacts } from '../core/failures.js';
import type { ObjectStore, RestoreWanted, SidecarWrite } from '../core/ports.js';
import type { RestoreTier } from '../core/restore.js';
import { translateAwsError } from './aws-failures.js';
import { factsOf, pinned, type Wanted } from './pinned.js';
import { listPartSizes } from './s3-part-sizes.js';

/** Metadata of a sidecar: the version id, else the ETag, of the object it belongs to. */
export const SIDECAR_MARK = 'midstate-sidecar';

/** `ObjectStore` on S3. Needs s3:GetObject, s3:GetObjectTagging, s3:PutObjectTagging, s3:PutObject (each also for versions). */
export function createS3ObjectStore(client: S3Client): ObjectStore {
  return {
    describe: (object) => describe(client, object),
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
  const object: ObjectRef = {
    bucket: wanted.bucket,
    key: wanted.key,
    ...versionOf(wanted, head),
    etag: unquote(head.ETag ?? ''),
    sizeBytes: head.ContentLength ?? 0,
  };
  refuseOther(wanted, object);
  return {
    object,
    storageClass: head.StorageClass ?? 'STANDARD',
    ...archiveOf(head),
    storedChecksums: storedChecksums(head),
    isSidecar: head.Metadata?.[SIDECAR_MARK] !== undefined,
    ...encryptionOf(head),
  };
}

/**
 * The answer to a HEAD says no reason. It may be that the clock of this machine was set right a moment ago, and the SDK
 * still made up for its error; after the answer it does no more, and asking again tells.
 */
function isDenied(error: unknown): boolean {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode === 403;
}

/** `Restore` is `ongoing-request="true"`, and `ongoing-request="false", expiry-date="…"` once the copy is there. */
function archiveOf(
  head: HeadObjectCommandOutput,
): Pick<ObjectDescription, 'archive' | 'isRestored' | 'isRestoring'> {
  const { StorageClass, ArchiveStatus, Restore = '' } = head;
  const isArchiveClass = StorageClass === 'GLACIER' || StorageClass === 'DEEP_ARCHIVE';
  const archive = isArchiveClass ? StorageClass : ArchiveStatus;
  return {
    ...(archive === undefined ? {} : { archive }),
    ...(Restore.includes('ongoing-request="false"') ? { isRestored: true } : {}),
    ...(Restore.includes('ongoing-request="true"') ? { isRestoring: true } : {}),
  };
}

/** With a key of the customer's, S3 names no method of its own. */
function encryptionOf(head: HeadObjectCommandOutput): { encryption?: string } {
  const encryption = head.SSECustomerAlgorithm === undefined ? head.ServerSideEncryption : 'SSE-C';
  return encryption === undefined ? {} : { encryption };
}

/** A server may ignore `If-Match`; an object that is not the one asked for is refused all the same. */
function refuseOther(wanted: Wanted, found: ObjectRef): void {
  if (wanted.etag !== undefined && wanted.etag !== found.etag) {
    throw new MidstateError('ObjectChanged', 'describe object: it has been overwritten', {
      facts: { ...factsOf(wanted), expected: wanted.etag, actual: found.etag },
    });
  }
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

function versionOf(wanted: Wanted, head: HeadObjectCommandOutput): { versionId?: string } {
  const versionId = wanted.versionId ?? head.VersionId;
  return versionId === undefined ? {} : { versionId };
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

const CHECKSUM_FIELDS = [
  ['crc32', 'ChecksumCRC32'],
  ['crc32c', 'ChecksumCRC32C'],
  ['crc64nvme', 'ChecksumCRC64NVME'],
  ['sha1', 'ChecksumSHA1'],
  ['sha256', 'ChecksumSHA256'],
] as const satisfies readonly (readonly [Algorithm, keyof HeadObjectCommandOutput])[];

/** Checksums S3 holds, as hex. A composite one carries its part count after a dash, whatever its declared type. */
function storedChecksums(head: HeadObjectCommandOutput): StoredChecksum[] {
  return CHECKSUM_FIELDS.flatMap(([algorithm, field]) => {
    const [base64, parts] = (head[field] ?? '').split('-');
    if (base64 === undefined || base64 === '') return [];
    const value = Buffer.from(base64, 'base64').toString('hex');
    if (parts !== undefined) return [{ algorithm, value, type: 'COMPOSITE' as const, parts: Number(parts) }];
    const composite = head.ChecksumType === 'COMPOSITE';
    return [{ algorithm, value, type: composite ? ('COMPOSITE' as const) : ('FULL_OBJECT' as const) }];
  });
}
