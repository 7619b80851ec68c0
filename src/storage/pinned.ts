import type { ObjectRef } from '../core/contracts.js';

/** An object as it is asked for: the version and the ETag where they are known. */
export type Wanted = Pick<ObjectRef, 'bucket' | 'key'> & Partial<ObjectRef>;

/** Parameters that pin a request to one version: its id, and the ETag where it is known. */
export function pinned(object: Wanted): {
  Bucket: string;
  Key: string;
  VersionId?: string;
  IfMatch?: string;
} {
  return {
    Bucket: object.bucket,
    Key: object.key,
    ...(object.versionId === undefined ? {} : { VersionId: object.versionId }),
    ...(object.etag === undefined ? {} : { IfMatch: `"${object.etag}"` }),
  };
}

/** What locates an object in an error. */
export function factsOf(object: Wanted): { bucket: string; key: string; versionId: string | undefined } {
  return { bucket: object.bucket, key: object.key, versionId: object.versionId };
}
