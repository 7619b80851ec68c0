import type { Digests, HashRangeResult, ReadStats } from '../activities/index.js';
import { checkpointAlignmentBytes, alignDown } from '../src/core/algorithms.js';
import type { Checkpoint, HashObjectInput, HashStats, ObjectDescription } from '../src/core/contracts.js';
import type { JobProgress } from '../src/core/job-progress.js';
import { memoryClass, type MemoryClassMB } from '../src/core/memory-classes.js';
import { countRanges, nextRange, rangeSizeBytes } from '../src/core/ranges.js';
import { hashRange, readingOptions } from './activity-proxies.js';
import { rangeSummary, type ProgressBoard } from './job-visibility.js';

/** Ranges after which the workflow continues as new: 2,400 history events of 51,200. */
const RANGES_PER_RUN = 400;

export interface RangeReading {
  /** Set when the object's end is reached; else the run must be continued. */
  readonly digests?: Digests;
  readonly stats: HashStats;
}

/**
 * Hashes range after range, from `from.checkpoint` to the object's end, or until this run has done its share.
 * `watch.onCheckpoint` is told of each durable checkpoint. Six history events a range.
 */
export async function readRanges(
  input: HashObjectInput,
  { object }: ObjectDescription,
  memoryMB: MemoryClassMB,
  from: { readonly checkpoint: Checkpoint; readonly stats: HashStats },
  watch: { readonly board: ProgressBoard; readonly onCheckpoint: (checkpoint: Checkpoint) => void },
): Promise<RangeReading> {
  const policy = input.policy ?? {};
  const rangeBytes = chosenRangeBytes(input, object.sizeBytes, memoryMB);
  const ranges = countRanges(0, object.sizeBytes, rangeBytes);
  let { checkpoint, stats } = from;
  for (let done = 0; done < (policy.rangesPerRun ?? RANGES_PER_RUN); done++) {
    const range = nextRange(checkpoint.bytesHashed, object.sizeBytes, rangeBytes);
    const number = Math.floor(range.startByte / rangeBytes) + 1;
    const progress: JobProgress = {
      bytesHashed: range.startByte,
      sizeBytes: object.sizeBytes,
      range: number,
      ranges,
      memoryClassMB: memoryMB,
    };
    watch.board.show(progress);
    const result: HashRangeResult = await hashRange.executeWithOptions(
      readingOptions(
        memoryMB,
        policy,
        range.endByteExclusive - range.startByte,
        rangeSummary(range, progress),
      ),
      [{ object, algorithms: input.algorithms, ...range, midstates: checkpoint.midstates }],
    );
    stats = addReadStats(stats, result.stats);
    if (result.digests !== undefined) return { digests: result.digests, stats };
    checkpoint = { object, bytesHashed: result.bytesHashed, midstates: result.midstates };
    watch.onCheckpoint(checkpoint);
  }
  return { stats };
}

function chosenRangeBytes(input: HashObjectInput, sizeBytes: number, memoryMB: MemoryClassMB): number {
  const alignment = checkpointAlignmentBytes(input.algorithms);
  const asked = input.policy?.rangeSizeBytes;
  return asked === undefined
    ? rangeSizeBytes(sizeBytes, memoryClass(memoryMB), input.algorithms)
    : Math.max(alignDown(asked, alignment), alignment);
}

/** Adds what one activity reported to the job's sum. */
export function addReadStats(stats: HashStats, read: ReadStats): HashStats {
  return {
    ...stats,
    bytesRead: stats.bytesRead + read.bytesRead,
    bytesReadTwice: stats.bytesReadTwice + read.bytesReadTwice,
    lostAttempts: stats.lostAttempts + read.lostAttempts,
    attempts: stats.attempts + read.attempts,
    ranges: stats.ranges + 1,
  };
}
