import { createHash, randomUUID } from 'node:crypto';
import type { ObjectDescription, ObjectRef, StoredChecksum } from '../../src/core/contracts.js';
import { MidstateError } from '../../src/core/failures.js';
import type { ReadRequest, SidecarWrite } from '../../src/core/ports.js';

export type Versioning = 'off' | 'enabled' | 'suspended';
export type Operation =
  | 'describe'
  | 'open'
  | 'listPartSizes'
  | 'requestRestore'
  | 'readTags'
  | 'writeTags'
  | 'writeSidecar'
  | 'read';

/** Runs before an operation takes effect: throw for a fault, change the bucket for a race. */
export type Hook = () => void | Promise<void>;

/** Runs before each piece of a body is delivered; a hook that never settles is a stalled connection. */
export type PieceHook = (request: ReadRequest, position: number) => void | Promise<void>;

export interface PutOptions {
  readonly tags?: Record<string, string>;
  readonly storedChecksums?: readonly StoredChecksum[];
  readonly storageClass?: string;
  readonly sidecar?: boolean;
  readonly restored?: boolean;
  /** Of an upload in parts, as the store lists them; default: it cannot tell. */
  readonly partSizes?: readonly number[];
  /** Default: the MD5 of the body. */
  readonly etag?: string;
  readonly encryption?: string;
}

export interface FakeVersion {
  readonly ref: ObjectRef;
  readonly bytes: Uint8Array;
  readonly partSizes: readonly number[] | undefined;
  tags: Record<string, string>;
  readonly description: ObjectDescription;
}

export type Wanted = Pick<ObjectRef, 'bucket' | 'key'> & Partial<ObjectRef>;

function isArchive(storageClass: string | undefined): storageClass is 'GLACIER' | 'DEEP_ARCHIVE' {
  return storageClass === 'GLACIER' || storageClass === 'DEEP_ARCHIVE';
}

/** Buckets in memory, with S3's versions, tags and conditional writes, and hooks that break them. */
export class FakeS3 {
  /** Every operation, in order, as `operation key`. */
  readonly calls: string[] = [];
  /** Every read request, in order. */
  readonly reads: ReadRequest[] = [];
  onPiece: PieceHook = () => undefined;
  readonly #buckets = new Map<string, { versioning: Versioning; keys: Map<string, FakeVersion[]> }>();
  readonly #hooks = new Map<Operation, (Hook | undefined)[]>();

  createBucket(name: string, versioning: Versioning = 'off'): void {
    this.#buckets.set(name, { versioning, keys: new Map() });
  }

  /** Uploads; where the bucket is versioned the earlier versions stay. */
  put(bucket: string, key: string, body: Uint8Array | string, options: PutOptions = {}): ObjectRef {
    const { versioning, keys } = this.#bucket(bucket);
    const bytes = Buffer.from(body);
    const versionId = { off: undefined, enabled: randomUUID(), suspended: 'null' }[versioning];
    const ref: ObjectRef = {
      bucket,
      key,
      ...(versionId === undefined ? {} : { versionId }),
      etag: options.etag ?? createHash('md5').update(bytes).digest('hex'),
      sizeBytes: bytes.length,
    };
    const version: FakeVersion = {
      ref,
      bytes,
      partSizes: options.partSizes,
      tags: { ...options.tags },
      description: {
        object: ref,
        storageClass: options.storageClass ?? 'STANDARD',
        storedChecksums: options.storedChecksums ?? [],
        isSidecar: options.sidecar ?? false,
        ...(isArchive(options.storageClass) ? { archive: options.storageClass } : {}),
        ...(options.restored === undefined ? {} : { isRestored: options.restored }),
        ...(options.encryption === undefined ? {} : { encryption: options.encryption }),
      },
    };
    const kept = versioning === 'enabled' ? (keys.get(key) ?? []) : [];
    keys.set(key, [...kept, version]);
    return ref;
  }

  remove(bucket: string, key: string): void {
    this.#bucket(bucket).keys.delete(key);
  }

  /** Lets the next `skip` calls of `operation` pass, then runs `hook` before the one after. */
  beforeNext(operation: Operation, hook: Hook, skip = 0): void {
    const queue = this.#hooks.get(operation) ?? [];
    this.#hooks.set(operation, [...queue, ...Array.from({ length: skip }, () => undefined), hook]);
  }

  async enter(operation: Operation, key: string): Promise<void> {
    this.calls.push(`${operation} ${key}`);
    await this.#hooks.get(operation)?.shift()?.();
  }

  /** The version named, or the current one. */
  find(wanted: Wanted): FakeVersion {
    const versions = this.#bucket(wanted.bucket).keys.get(wanted.key) ?? [];
    const found =
      wanted.versionId === undefined
        ? versions.at(-1)
        : versions.find(({ ref }) => ref.versionId === wanted.versionId);
    if (found === undefined) throw new MidstateError('ObjectGone', 'fake: no such object');
    return found;
  }

  /** As `find`, refusing a version that has another ETag than the one wanted. */
  findPinned(wanted: Wanted): FakeVersion {
    const found = this.find(wanted);
    if (wanted.etag !== undefined && wanted.etag !== found.ref.etag) {
      throw new MidstateError('ObjectChanged', 'fake: another ETag');
    }
    return found;
  }

  writeSidecar({ bucket, key, body, replacesEtag }: SidecarWrite): void {
    const present = this.#bucket(bucket).keys.get(key)?.at(-1)?.ref.etag;
    if (replacesEtag !== undefined && present === undefined) {
      throw new MidstateError('ObjectGone', 'fake: nothing to replace');
    }
    if (present !== replacesEtag) throw new MidstateError('ObjectChanged', 'fake: precondition failed');
    this.put(bucket, key, body, { sidecar: true });
  }

  /** The text of the current object. */
  text(bucket: string, key: string): string {
    return Buffer.from(this.find({ bucket, key }).bytes).toString();
  }

  tagsOf(wanted: Wanted): Record<string, string> {
    return this.find(wanted).tags;
  }

  #bucket(name: string) {
    const bucket = this.#buckets.get(name);
    if (bucket === undefined) throw new MidstateError('BucketNotFound', 'fake: no such bucket');
    return bucket;
  }
}
