import type { ActivityOptions } from '@temporalio/workflow';
import { alignDown, checkpointAlignmentBytes } from '../src/core/algorithms.js';
import type { ObjectRef } from '../src/core/contracts.js';
import type { JobProgress } from '../src/core/job-progress.js';
import { memoryClass, type MemoryClassMB } from '../src/core/memory-classes.js';
import {
  countRanges,
  DEFAULT_PARALLEL_RANGES,
  MAX_PARALLEL_RANGES,
  rangeSizeBytes,
  type ByteRange,
} from '../src/core/ranges.js';
import { readingOptions } from './activity-proxies.js';
import { rangeSummary } from './job-visibility.js';
import { classFor, type Job } from './job.js';

/** How an object is cut into ranges, and who hashes them. */
export interface RangePlan {
  readonly object: ObjectRef;
  readonly memoryMB: MemoryClassMB;
  /** Bytes that one activity hashes. */
  readonly rangeBytes: number;
  /** Ranges of the whole object. */
  readonly ranges: number;
  /** Ranges hashed at once, where that is possible. */
  readonly width: number;
}

export function planRanges({ input }: Job, object: ObjectRef): RangePlan {
  const { policy = {}, algorithms } = input;
  const memoryMB = classFor(input, object.sizeBytes);
  const alignment = checkpointAlignmentBytes(algorithms);
  const rangeBytes =
    policy.rangeSizeBytes === undefined
      ? rangeSizeBytes(object.sizeBytes, memoryClass(memoryMB), algorithms)
      : Math.max(alignDown(policy.rangeSizeBytes, alignment), alignment);
  const ranges = countRanges(0, object.sizeBytes, rangeBytes);
  const width = Math.min(Math.max(policy.parallelRanges ?? DEFAULT_PARALLEL_RANGES, 1), MAX_PARALLEL_RANGES);
  return { object, memoryMB, rangeBytes, ranges, width };
}

/** Options of the activity that hashes one range. */
export function rangeOptions({ input }: Job, plan: RangePlan, range: ByteRange): ActivityOptions {
  const { startByte, endByteExclusive } = range;
  const summary = rangeSummary(range, progressAt(plan, startByte));
  return readingOptions(plan.memoryMB, input.policy ?? {}, endByteExclusive - startByte, summary);
}

/** Shows that the object has durably been hashed up to `bytesHashed`. */
export function showPosition({ board }: Job, plan: RangePlan, bytesHashed: number): void {
  board.show(progressAt(plan, bytesHashed));
}

function progressAt(plan: RangePlan, bytesHashed: number): JobProgress {
  return {
    bytesHashed,
    sizeBytes: plan.object.sizeBytes,
    range: rangeNumber(plan, bytesHashed),
    ranges: plan.ranges,
    memoryClassMB: plan.memoryMB,
  };
}

/** 1 for the object's first range. */
function rangeNumber({ rangeBytes }: RangePlan, startByte: number): number {
  return Math.floor(startByte / rangeBytes) + 1;
}
