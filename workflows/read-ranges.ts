import type { Digests, HashRangeResult, ReadStats } from '../activities/index.js';
import { checkpointAlignmentBytes, alignDown } from '../src/core/algorithms.js';
import type { Checkpoint, HashObjectInput, HashStats, ObjectDescription } from '../src/core/contracts.js';
import { formatBytes } from '../src/core/format-bytes.js';
import { memoryClass, type MemoryClassMB } from '../src/core/memory-classes.js';
import { countRanges, nextRange, rangeSizeBytes } from '../src/core/ranges.js';
import type { ClassInUse } from './class-in-use.js';
import type { ProgressBoard } from './job-visibility.js';
import { runRange } from './run-range.js';

/** Ranges after which the workflow continues as new: 2,400 history events of 51,200. */
const RANGES_PER_RUN = 400;

export interface RangeReading {
  /** Set when the object's end is reached; else the run must be continued. */
  readonly digests?: Digests;
  readonly stats: HashStats;
}

/**
 * Hashes range after range, from `from.checkpoint` to the object's end, or until this run has done its share.
 * `watch.onCheckpoint` is told of each durable checkpoint.
 */
export async function readRanges(
  input: HashObjectInput,
  { object }: ObjectDescription,
  memory: ClassInUse,
  from: { readonly checkpoint: Checkpoint; readonly stats: HashStats },
  watch: { readonly board: ProgressBoard; readonly onCheckpoint: (checkpoint: Checkpoint) => void },
): Promise<RangeReading> {
  const policy = input.policy ?? {};
  const rangeBytes = chosenRangeBytes(input, object.sizeBytes, memory.memoryMB);
  const ranges = countRanges(0, object.sizeBytes, rangeBytes);
  let { checkpoint, stats } = from;
  for (let done = 0; done < (policy.rangesPerRun ?? RANGES_PER_RUN); done++) {
    const range = nextRange(checkpoint.bytesHashed, object.sizeBytes, rangeBytes);
    const number = Math.floor(range.startByte / rangeBytes) + 1;
    watch.board.show({
      bytesHashed: range.startByte,
      sizeBytes: object.sizeBytes,
      range: number,
      ranges,
      memoryClassMB: memory.memoryMB,
    });
    const title = `range ${String(number)}/${String(ranges)} · ${formatBytes(range.startByte)} to ${formatBytes(range.endByteExclusive)}`;
    const result: HashRangeResult = await runRange(
      policy,
      memory,
      { object, algorithms: input.algorithms, ...range, midstates: checkpoint.midstates },
      (memoryMB) => `${title} · ${String(memoryMB)} MB`,
    );
    stats = addReadStats({ ...stats, memoryClassMB: memory.memoryMB }, result.stats);
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
