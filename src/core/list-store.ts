/** Where a backfill finds objects. The adapter is src/storage/s3-list-store.ts. */
import type { ObjectRef } from './contracts.js';

export interface ListRequest {
  readonly bucket: string;
  readonly prefix: string;
  /** Only keys after this one. */
  readonly after?: string | undefined;
  /** At most so many objects, 1 to 1,000. */
  readonly max: number;
}

export interface ListedObjects {
  /** Current objects, in the order of their keys. A listing names no versions. */
  readonly objects: readonly Omit<ObjectRef, 'versionId'>[];
  /** True when there is none after them. */
  readonly isLast: boolean;
}

/** An object that holds a list of objects. */
export interface ListRef {
  readonly bucket: string;
  readonly key: string;
  /** Without quotes. Given, it must be this version. */
  readonly etag?: string | undefined;
}

export interface OpenList {
  readonly etag: string;
  /** Lines without their ends, gunzipped where the key ends in `.gz`. */
  readonly lines: AsyncIterable<string>;
}

/**
 * Each throws MidstateError AccessDenied, BucketNotFound, ObjectGone, ObjectChanged, InvalidInput (not retried);
 * StoreUnavailable (retried).
 */
export interface ListStore {
  listObjects(request: ListRequest): Promise<ListedObjects>;
  openList(list: ListRef): Promise<OpenList>;
}
