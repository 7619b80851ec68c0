import { alignDown, checkpointAlignmentBytes } from '../src/core/algorithms.js';
import type { ObjectRef } from '../src/core/contracts.js';
import type { JobProgress } from '../src/core/job-progress.js';
import { hashTaskQueue, memoryClass } from '../src/core/memory-classes.js';
import {
  countRanges,
  DEFAULT_PARALLEL_RANGES,
  MAX_PARALLEL_RANGES,
  rangeSizeBytes,
  type ByteRange,
} from '../src/core/ranges.js';
import type { ClassInUse } from './class-in-use.js';
import { rangeSummary } from './job-visibility.js';
import { classInUse, type Job } from './job.js';
import type { Reading } from './run-in-class.js';

/** How an object is cut into ranges, and who hashes them. */
export interface RangePlan {
  readonly object: ObjectRef;
  readonly memory: ClassInUse;
  /** Bytes that one activity hashes. */
  readonly rangeBytes: number;
  /** Ranges of the whole object. */
  readonly ranges: number;
  /** Ranges hashed at once, where that is possible. */
  readonly width: number;
}

/** The plan as the job's class has it now; a job that moves to another class while it reads keeps the plan it has. */
export function planRanges(job: Job, object: ObjectRef): RangePlan {
  const { policy = {}, algorithms } = job.input;
  const memory = classInUse(job, object.sizeBytes);
  const alignment = checkpointAlignmentBytes(algorithms);
  const rangeBytes =
    policy.rangeSizeBytes === undefined
      ? rangeSizeBytes(object.sizeBytes, memoryClass(memory.memoryMB), algorithms)
      : Math.max(alignDown(policy.rangeSizeBytes, alignment), alignment);
  const ranges = countRanges(0, object.sizeBytes, rangeBytes);
  const width = Math.min(Math.max(policy.parallelRanges ?? DEFAULT_PARALLEL_RANGES, 1), MAX_PARALLEL_RANGES);
  return { object, memory, rangeBytes, ranges, width };
}

/** One range, as the activity that hashes it is to be run. */
export function rangeReading(plan: RangePlan, range: ByteRange): Reading {
  const { startByte, endByteExclusive } = range;
  return {
    taskQueue: hashTaskQueue,
    sizeBytes: endByteExclusive - startByte,
    title: (memoryClassMB) => rangeSummary(range, { ...progressAt(plan, startByte), memoryClassMB }),
  };
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
    memoryClassMB: plan.memory.memoryMB,
  };
}

/** 1 for the object's first range. */
function rangeNumber({ rangeBytes }: RangePlan, startByte: number): number {
  return Math.floor(startByte / rangeBytes) + 1;
}
