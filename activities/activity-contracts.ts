/** Arguments and results of the activities; they are stored in workflow histories. */
import type { Algorithm } from '../src/core/algorithms.js';
import type { CombinableAlgorithm } from '../src/core/combine-crc.js';
import type {
  Checkpoint,
  HashObjectInput,
  Midstate,
  ObjectDescription,
  ObjectRef,
  Proof,
  PublishPolicy,
  SinkReceipt,
} from '../src/core/contracts.js';
import type { MemoryClassMB } from '../src/core/memory-classes.js';
import type { ByteRange } from '../src/core/ranges.js';
import type { Archive, RestorePolicy } from '../src/core/restore.js';

export type Digests = Partial<Record<Algorithm, string>>;

export interface DescribeObjectInput {
  readonly object: HashObjectInput['object'];
}

export interface RestoreObjectInput {
  readonly object: HashObjectInput['object'];
  readonly restore: RestorePolicy;
}

export type RestoreObjectResult =
  | { readonly isReadable: true }
  | {
      readonly isReadable: false;
      readonly archive: Archive;
      /** Look again after so long. */
      readonly lookAgainMs: number;
      /** Of the restore that was asked for just now; absent: one is under way. */
      readonly estimatedUsd?: number;
    };

export interface HashRangeInput extends ByteRange {
  readonly object: ObjectRef;
  readonly algorithms: readonly Algorithm[];
  /** Midstates at `startByte`; empty at the origin, which is the object's start unless `originByte` says otherwise. */
  readonly midstates: readonly Midstate[];
  /**
   * Present when the range is a part that is hashed by itself, for digests that can be combined: where in the object the
   * midstates' byte 0 lies. Its digests are those of the bytes from there on.
   */
  readonly originByte?: number;
  readonly worker?: WorkerExpectation;
  /** Where another activity left this range: taken as the heartbeat of an attempt before, which may prove unusable. */
  readonly progress?: HashRangeProgress;
}

/** What the workflow expects of the worker that takes a reading. */
export interface WorkerExpectation {
  /** After so many attempts lost to dead workers the next one fails as `WorkerLost`, and the workflow moves the work. */
  readonly giveUpAfterLost?: number;
  /** The class as the workflow knows it (`describeMemoryClass`): a worker with another table warns. */
  readonly memoryClass?: string;
}

/** What reading cost, over all attempts that could report. */
export interface ReadStats {
  readonly bytesRead: number;
  readonly bytesReadTwice: number;
  readonly attempts: number;
  readonly lostAttempts: number;
}

export interface HashRangeResult {
  /** The range's end. */
  readonly bytesHashed: number;
  /** Midstates at the range's end; empty at the object's end, and of a part. */
  readonly midstates: readonly Midstate[];
  /** Of the object; at its end only, and never of a part. */
  readonly digests?: Digests;
  /** Of a part, from `originByte` to the range's end. */
  readonly partDigests?: Digests;
  readonly stats: ReadStats;
}

/** What an attempt leaves to the next one, so that those can be counted that were lost without a word. */
export interface AttemptWord {
  readonly lostAttempts: number;
  /** The attempt that says so, 1 for the first. */
  readonly attempt: number;
  /** True when the attempt stopped in good order with this as its last word. */
  readonly handedOn: boolean;
}

/** Heartbeat details of `hashRange` and `hashSmallObject`. */
export interface HashRangeProgress extends AttemptWord {
  readonly checkpoint: Checkpoint;
  /** Bytes of this activity's taken from S3, this attempt's and earlier ones'. */
  readonly bytesRead: number;
}

export interface DescribePartsInput {
  readonly object: ObjectRef;
  /** How many there are, as S3's checksum or ETag has it. */
  readonly parts: number;
  /** See `Policy`. */
  readonly partSizeBytes?: number;
}

export interface HashPartsInput {
  readonly object: ObjectRef;
  /** Where the first of these parts begins. */
  readonly startByte: number;
  /** Their sizes; each begins where the one before it ends. */
  readonly partSizes: readonly number[];
  /** Digest wanted of each part. */
  readonly algorithm: Algorithm;
  /** CRCs wanted of all these bytes as one piece. */
  readonly combined: readonly CombinableAlgorithm[];
  readonly worker?: WorkerExpectation;
  /** As with `HashRangeInput`. */
  readonly progress?: HashPartsProgress;
}

export interface HashPartsResult {
  /** Digests of the parts, lower-case hex, one behind the other. */
  readonly partDigests: string;
  readonly combined: Digests;
  readonly stats: ReadStats;
}

/** Heartbeat details of `hashParts`: those of the part under way, and what the parts before it came to. */
export interface HashPartsProgress extends HashRangeProgress {
  readonly finished: FinishedParts;
}

export interface FinishedParts {
  readonly count: number;
  /** As in `HashPartsResult`. */
  readonly partDigests: string;
  readonly combined: Digests;
}

export interface PublishDigestsInput {
  readonly description: ObjectDescription;
  readonly digests: Digests;
  readonly publish: PublishPolicy;
}

export interface PublishDigestsResult {
  readonly receipts: readonly SinkReceipt[];
}

export interface HashSmallObjectInput {
  readonly object: HashObjectInput['object'];
  readonly algorithms: readonly Algorithm[];
  readonly publish: PublishPolicy;
  /** See `Policy`. */
  readonly reuseStored?: boolean;
  readonly worker?: WorkerExpectation;
  /** As with `HashRangeInput`. */
  readonly progress?: HashRangeProgress;
}

export interface FindServedClassesInput {
  /** First part of the task queues' names. */
  readonly taskQueuePrefix?: string;
}

export interface FindServedClassesResult {
  /** Classes whose task queues were polled lately, the smallest first. */
  readonly servedMemoryClassesMB: readonly MemoryClassMB[];
}

export interface HashSmallObjectResult {
  readonly description: ObjectDescription;
  readonly digests: Digests;
  readonly proof: Proof;
  readonly receipts: readonly SinkReceipt[];
  readonly stats: ReadStats;
  /** See `HashObjectResult`. */
  readonly notes?: readonly string[];
}
