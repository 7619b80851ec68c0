import {
  HeadObjectCommand,
  ListObjectVersionsCommand,
  S3ServiceException,
  type ListObjectVersionsCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { StoredVersion } from './s3-event.js';

/** The current version of a key; undefined when there is none. */
export async function headVersion(
  s3: S3Client,
  bucket: string,
  key: string,
): Promise<StoredVersion | undefined> {
  try {
    const head = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
    return toStoredVersion(bucket, { ...head, Key: key, Size: head.ContentLength });
  } catch (error) {
    if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404) return undefined;
    throw error;
  }
}

/** Every version of a key, newest first, delete markers left out. */
export async function versionsOfKey(s3: S3Client, bucket: string, key: string): Promise<StoredVersion[]> {
  const versions: StoredVersion[] = [];
  for await (const page of listVersions(s3, bucket, key)) {
    versions.push(...page.filter((version) => version.key === key));
    if (page.some((version) => version.key !== key)) break; // the key itself is the first with its own prefix
  }
  return versions;
}

/**
 * Pages of every version under a prefix, delete markers left out. A version may come twice, for versitygw repeats
 * the one that a page ended with.
 */
export async function* listVersions(
  s3: S3Client,
  bucket: string,
  prefix: string,
): AsyncGenerator<readonly StoredVersion[]> {
  let [keyMarker, versionMarker]: (string | undefined)[] = [];
  for (;;) {
    const page: ListObjectVersionsCommandOutput = await s3.send(
      new ListObjectVersionsCommand({
        Bucket: bucket,
        Prefix: prefix,
        KeyMarker: keyMarker,
        VersionIdMarker: versionMarker,
      }),
    );
    yield (page.Versions ?? []).flatMap((version) => toStoredVersion(bucket, version) ?? []);
    const moved = page.NextKeyMarker !== keyMarker || page.NextVersionIdMarker !== versionMarker;
    if (page.IsTruncated !== true || !moved) return;
    [keyMarker, versionMarker] = [page.NextKeyMarker, page.NextVersionIdMarker];
  }
}

interface Described {
  readonly Key?: string | undefined;
  readonly ETag?: string | undefined;
  readonly Size?: number | undefined;
  readonly VersionId?: string | undefined;
  readonly LastModified?: Date | undefined;
}

/** Listings of unversioned buckets say version `null`; S3's events of them have no version id. */
function toStoredVersion(bucket: string, described: Described): StoredVersion | undefined {
  const { Key: key, ETag: etag, VersionId: versionId, LastModified: lastModified } = described;
  if (key === undefined || etag === undefined || lastModified === undefined) return undefined;
  return {
    bucket,
    key,
    sizeBytes: described.Size ?? 0,
    etag: etag.replaceAll('"', ''),
    lastModified,
    ...(versionId === undefined || versionId === '' || versionId === 'null' ? {} : { versionId }),
  };
}
