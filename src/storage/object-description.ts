import type { HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import type { Algorithm } from '../core/algorithms.js';
import type { ObjectDescription, ObjectRef, StoredChecksum } from '../core/contracts.js';
import { unquote } from '../core/etag.js';
import { MidstateError } from '../core/failures.js';
import { factsOf, type Wanted } from './pinned.js';

/** Metadata of a sidecar: the version id, else the ETag, of the object it belongs to. */
export const SIDECAR_MARK = 'midstate-sidecar';

/** The head of S3's answer to a HEAD, or to a GET of the whole object, which says no `ArchiveStatus`. */
export type ObjectHead = Omit<HeadObjectCommandOutput, '$metadata'>;

/**
 * What an answer says of the object.
 * @throws MidstateError ObjectChanged when it is not the one asked for
 */
export function descriptionOf(wanted: Wanted, head: ObjectHead): ObjectDescription {
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

function versionOf(wanted: Wanted, head: ObjectHead): { versionId?: string } {
  const versionId = wanted.versionId ?? head.VersionId;
  return versionId === undefined ? {} : { versionId };
}

/** `Restore` is `ongoing-request="true"`, and `ongoing-request="false", expiry-date="…"` once the copy is there. */
function archiveOf(head: ObjectHead): Pick<ObjectDescription, 'archive' | 'isRestored' | 'isRestoring'> {
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
function encryptionOf(head: ObjectHead): { encryption?: string } {
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

const CHECKSUM_FIELDS = [
  ['crc32', 'ChecksumCRC32'],
  ['crc32c', 'ChecksumCRC32C'],
  ['crc64nvme', 'ChecksumCRC64NVME'],
  ['sha1', 'ChecksumSHA1'],
  ['sha256', 'ChecksumSHA256'],
] as const satisfies readonly (readonly [Algorithm, keyof ObjectHead])[];

/** Checksums S3 holds, as hex. A composite one carries its part count after a dash, whatever its declared type. */
function storedChecksums(head: ObjectHead): StoredChecksum[] {
  return CHECKSUM_FIELDS.flatMap(([algorithm, field]) => {
    const [base64, parts] = (head[field] ?? '').split('-');
    if (base64 === undefined || base64 === '') return [];
    const value = Buffer.from(base64, 'base64').toString('hex');
    if (parts !== undefined) return [{ algorithm, value, type: 'COMPOSITE' as const, parts: Number(parts) }];
    const composite = head.ChecksumType === 'COMPOSITE';
    return [{ algorithm, value, type: composite ? ('COMPOSITE' as const) : ('FULL_OBJECT' as const) }];
  });
}
