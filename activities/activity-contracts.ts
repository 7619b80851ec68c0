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
import type { ByteRange } from '../src/core/ranges.js';

export type Digests = Partial<Record<Algorithm, string>>;

export interface DescribeObjectInput {
  readonly object: HashObjectInput['object'];
}

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

/** Heartbeat details of `hashRange` and `hashSmallObject`. */
export interface HashRangeProgress {
  readonly checkpoint: Checkpoint;
  /** Bytes of this activity's taken from S3, this attempt's and earlier ones'. */
  readonly bytesRead: number;
  readonly lostAttempts: number;
  /** The attempt that says so, 1 for the first. */
  readonly attempt: number;
  /** True when the attempt stopped in good order with this as its last word. */
  readonly handedOn: boolean;
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
