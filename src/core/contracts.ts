/**
 * The shapes that cross the wire: workflow input and result, activity arguments, heartbeats.
 * Workflow histories outlive a release, so a field is added as optional and never renamed.
 */
import type { Algorithm } from './algorithms.js';
import type { MemoryClassMB } from './memory-classes.js';
import type { Archive, RestorePolicy, RestoreReport } from './restore.js';
import type { Route } from './routing.js';

/** One version of one S3 object. */
export interface ObjectRef {
  readonly bucket: string;
  /** Decoded key, up to 1,024 bytes of UTF-8. */
  readonly key: string;
  /** Present where the bucket is versioned; `null` (the string) for the version of a suspended bucket. */
  readonly versionId?: string;
  /** Without quotes. */
  readonly etag: string;
  readonly sizeBytes: number;
}

/** A hash's resumable inner state after `bytesHashed` bytes. docs/midstate-format.md has the state bytes. */
export interface Midstate {
  readonly format: 1;
  readonly algorithm: Algorithm;
  /** A multiple of the algorithm's block size. */
  readonly bytesHashed: number;
  /** Canonical state, base64. Holds no plaintext. */
  readonly state: string;
}

/** How far the hash of one object version has come; what a heartbeat and a failed activity carry. */
export interface Checkpoint {
  readonly object: ObjectRef;
  /** Position in the object: the bytes before it, from the origin on, are in the midstates. */
  readonly bytesHashed: number;
  /** Each with `bytesHashed - originByte` as its own `bytesHashed`. */
  readonly midstates: readonly Midstate[];
  /**
   * Present in the checkpoint of a part that is hashed by itself: where in the object the midstates' byte 0 lies. Only
   * that part can go on from it. Absent: the object's start.
   */
  readonly originByte?: number;
}

/** Who asked for the hash. */
export interface Source {
  readonly kind: 's3-event' | 'submit' | 'backfill' | 'replay';
  /** S3's sequencer of the upload's event: hex, orders the events of one key. */
  readonly sequencer?: string;
  readonly eventName?: string;
  readonly eventTime?: string;
}

export interface PublishPolicy {
  /** Write the digests into the object's tags, next to the owner's. */
  readonly tags?: boolean;
  /** Write `<key>.<algorithm>` beside the object, in the form that `sha1sum -c` reads. */
  readonly sidecar?: boolean;
}

/** How to hash, chosen by whoever starts the workflow; every field has a default. */
export interface Policy {
  readonly publish?: PublishPolicy;
  /** The class to use whatever the object's size; left only where its workers die of it, or where it has none. */
  readonly memoryClassMB?: MemoryClassMB;
  /** The classes that have workers; routing picks among them. */
  readonly servedMemoryClassesMB?: readonly MemoryClassMB[];
  /** Which class an object's size asks for; default: `DEFAULT_ROUTE`. */
  readonly route?: Route;
  /** Seconds that work waits for a worker of its class before another class is looked for. */
  readonly unservedAfterSeconds?: number;
  /**
   * Seconds of trying, beside the wait for a worker, after which a range that no attempt could finish ends the job under
   * the cause of its last failure. Absent: faults that pass are waited out for as long as they last.
   */
  readonly giveUpAfterSeconds?: number;
  /** Have S3 restore an archived object; absent: it fails as Archived. */
  readonly restore?: RestorePolicy;
  /** Bytes one activity hashes; default: grows with the object, see `rangeSizeBytes`. */
  readonly rangeSizeBytes?: number;
  /** Ranges before the workflow continues as new. */
  readonly rangesPerRun?: number;
  /** Most work, in seconds, that the death of a worker may cost. */
  readonly lossBoundSeconds?: number;
  readonly taskQueuePrefix?: string;
  /** Ranges hashed at once where every algorithm computed can be combined (the CRCs): 1 to 64, default 8. */
  readonly parallelRanges?: number;
  /** Take S3's full-object checksums for the digests, without reading a byte, where they answer every algorithm. */
  readonly reuseStored?: boolean;
  /**
   * Also recompute what S3 holds of an object by its parts (composite checksum, else multipart ETag) and compare. Reads
   * the bytes once more, unless every algorithm computed can be combined.
   */
  readonly proveParts?: boolean;
  /** Bytes of each part but the last, for `proveParts` where S3 cannot tell. */
  readonly partSizeBytes?: number;
}

export interface HashObjectInput {
  readonly object: Partial<ObjectRef> & Pick<ObjectRef, 'bucket' | 'key'>;
  readonly algorithms: readonly Algorithm[];
  readonly source: Source;
  /** Digests the owner claims, lower-case hex; compared, never trusted. */
  readonly expected?: Partial<Record<Algorithm, string>>;
  readonly resumeFrom?: Checkpoint;
  readonly policy?: Policy;
  /** Set by continue-as-new only. */
  readonly continued?: ContinuedRun;
}

/** What a run hands to the run that continues it. */
export interface ContinuedRun {
  readonly description: ObjectDescription;
  readonly stats: HashStats;
  /** 1 for the first reading of the object's bytes, 2 when they are read again after a CorruptRead. */
  readonly reading: number;
  /** Set while parts are recomputed. */
  readonly parts?: PartsProgress;
  /** The class in use, where it is no longer the one first chosen. */
  readonly memoryClassMB?: MemoryClassMB;
  /** True while an operator holds the job. */
  readonly isPaused?: boolean;
  readonly restored?: RestoreReport;
  /** Notes of the runs before, for the result. */
  readonly notes?: readonly string[];
}

/** A run of parts that have the same size. */
export interface PartRun {
  readonly count: number;
  readonly sizeBytes: number;
}

/** How far the parts of an object have been recomputed. */
export interface PartsProgress {
  /** Digests of the object's bytes, where they were all read before the parts. */
  readonly digests?: Partial<Record<Algorithm, string>>;
  readonly layout: readonly PartRun[];
  /** Digests of the first parts, lower-case hex, one behind the other: 10,000 of them fit a payload. */
  readonly partDigests: string;
  /** CRCs of the bytes of those parts. */
  readonly combined: Partial<Record<Algorithm, string>>;
  readonly bytesHashed: number;
}

export type Outcome = 'hashed' | 'superseded' | 'gone';
export type Verdict = 'match' | 'mismatch' | 'unverified';

/** Evidence that the bytes read were the bytes stored. */
export type Proof =
  /** They have the full-object checksum that S3 holds. */
  | { readonly kind: 'stored-checksum'; readonly algorithm: Algorithm; readonly value: string }
  /** Their parts have the composite checksum that S3 holds (md5: the multipart ETag); `value` is `<hex>-<parts>`. */
  | {
      readonly kind: 'stored-parts';
      readonly algorithm: Algorithm;
      readonly value: string;
      readonly parts: number;
    }
  /** They have the ETag, which is the MD5 of an object uploaded in one piece. */
  | { readonly kind: 'stored-etag'; readonly algorithm: 'md5'; readonly value: string }
  /** Not a byte was read: these digests are the full-object checksums that S3 holds, as they are. */
  | { readonly kind: 'reused-stored'; readonly algorithms: readonly Algorithm[] }
  | { readonly kind: 'none'; readonly reason: string };

export interface HashStats {
  /** Bytes taken from S3 by attempts that could report. */
  readonly bytesRead: number;
  /**
   * Bytes known to have been taken more than once by attempts that took one another's place; a second reading, of the
   * parts or after a CorruptRead, is none of them. An attempt that was killed cannot report its last seconds: each of
   * `lostAttempts` may add up to the loss bound.
   */
  readonly bytesReadTwice: number;
  readonly lostAttempts: number;
  /** Where the job went on from the checkpoint of a job before it; absent: it began at the object's start. */
  readonly resumedAtByte?: number;
  readonly ranges: number;
  /** Activity attempts of all ranges. */
  readonly attempts: number;
  readonly memoryClassMB: MemoryClassMB;
  readonly startedAt: string;
  readonly finishedAt: string;
}

/** What became of one place the digests were to be written to. */
export interface SinkReceipt {
  readonly sink: 'tags' | 'sidecar';
  readonly status: 'written' | 'refused' | 'skipped';
  /** Failure name, when refused. */
  readonly cause?: string;
  /** One sentence: where it was written, or why not. */
  readonly detail: string;
}

export interface HashObjectResult {
  readonly outcome: Outcome;
  readonly object: HashObjectInput['object'];
  readonly digests: Partial<Record<Algorithm, string>>;
  readonly verdict: Verdict;
  readonly proof: Proof;
  readonly published: readonly SinkReceipt[];
  readonly stats: HashStats;
  /** Of an archived object: what was asked for, what that cost, and how long it took. */
  readonly restored?: RestoreReport;
  /** What the policy asked for and could not be had, one sentence each, with the reason. */
  readonly notes?: readonly string[];
}

/** A checksum that S3 itself holds. `FULL_OBJECT` ones are digests of the bytes; composite ones are not. */
export interface StoredChecksum {
  readonly algorithm: Algorithm;
  /** Lower-case hex. */
  readonly value: string;
  readonly type: 'FULL_OBJECT' | 'COMPOSITE';
  /** Of a composite one: how many parts it was made of, where S3 says so. */
  readonly parts?: number;
}

export interface ObjectDescription {
  readonly object: ObjectRef;
  readonly storageClass: string;
  /** True while a restored copy of an archived object can be read. */
  readonly isRestored?: boolean;
  /** Where its bytes lie when they cannot be read as they are, but for a restored copy. */
  readonly archive?: Archive;
  /** True while S3 restores it. */
  readonly isRestoring?: boolean;
  readonly storedChecksums: readonly StoredChecksum[];
  /** True when midstate itself wrote this object as a sidecar: it gets no sidecar of its own. */
  readonly isSidecar: boolean;
  /** S3's word for how the object is encrypted: `AES256`, `aws:kms`, `aws:kms:dsse`, or `SSE-C`; absent: S3 says nothing. */
  readonly encryption?: string;
}
