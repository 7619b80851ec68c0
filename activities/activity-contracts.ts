/** Arguments and results of the activities; they are stored in workflow histories. */
import type { Algorithm } from '../src/core/algorithms.js';
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
  /** Midstates at `startByte`; empty at the object's start. */
  readonly midstates: readonly Midstate[];
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
  /** Midstates at the range's end; empty at the object's end. */
  readonly midstates: readonly Midstate[];
  /** At the object's end only. */
  readonly digests?: Digests;
  readonly stats: ReadStats;
}

/** Heartbeat details of `hashRange` and `hashSmallObject`. */
export interface HashRangeProgress {
  readonly checkpoint: Checkpoint;
  /** Bytes of this range taken from S3, this attempt's and earlier ones'. */
  readonly bytesRead: number;
  readonly lostAttempts: number;
  /** The attempt that says so, 1 for the first. */
  readonly attempt: number;
  /** True when the attempt stopped in good order with this as its last word. */
  readonly handedOn: boolean;
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
}

export interface HashSmallObjectResult {
  readonly description: ObjectDescription;
  readonly digests: Digests;
  readonly proof: Proof;
  readonly receipts: readonly SinkReceipt[];
  readonly stats: ReadStats;
}
