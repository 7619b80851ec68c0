/**
 * The shapes that cross the wire: workflow input and result, activity arguments, heartbeats.
 * Workflow histories outlive a release, so a field is added as optional and never renamed.
 */
import type { Algorithm } from './algorithms.js';
import type { MemoryClassMB } from './memory-classes.js';

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
  readonly bytesHashed: number;
  readonly midstates: readonly Midstate[];
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
  /** The class that must be used, whatever the object's size. */
  readonly memoryClassMB?: MemoryClassMB;
  /** The classes that have workers; routing picks among them. */
  readonly servedMemoryClassesMB?: readonly MemoryClassMB[];
  /** Bytes one activity hashes; default: grows with the object, see `rangeSizeBytes`. */
  readonly rangeSizeBytes?: number;
  /** Ranges before the workflow continues as new. */
  readonly rangesPerRun?: number;
  /** Most work, in seconds, that the death of a worker may cost. */
  readonly lossBoundSeconds?: number;
  readonly taskQueuePrefix?: string;
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
}

export type Outcome = 'hashed' | 'superseded' | 'gone';
export type Verdict = 'match' | 'mismatch' | 'unverified';

/** Evidence that the bytes read were the bytes stored. */
export type Proof =
  | { readonly kind: 'stored-checksum'; readonly algorithm: Algorithm; readonly value: string }
  | { readonly kind: 'none'; readonly reason: string };

export interface HashStats {
  /** Bytes taken from S3 by attempts that could report. */
  readonly bytesRead: number;
  /**
   * Bytes known to have been taken more than once. An attempt that was killed cannot report its last
   * seconds: each of `lostAttempts` may add up to the loss bound.
   */
  readonly bytesReadTwice: number;
  readonly lostAttempts: number;
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
}

/** A checksum that S3 itself holds. `FULL_OBJECT` ones are digests of the bytes; composite ones are not. */
export interface StoredChecksum {
  readonly algorithm: Algorithm;
  /** Lower-case hex. */
  readonly value: string;
  readonly type: 'FULL_OBJECT' | 'COMPOSITE';
}

export interface ObjectDescription {
  readonly object: ObjectRef;
  readonly storageClass: string;
  /** True while a restored copy of an archived object can be read. */
  readonly isRestored?: boolean;
  readonly storedChecksums: readonly StoredChecksum[];
  /** True when midstate itself wrote this object as a sidecar: it gets no sidecar of its own. */
  readonly isSidecar: boolean;
}
