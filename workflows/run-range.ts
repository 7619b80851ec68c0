import type { HashRangeInput, HashRangeResult } from '../activities/index.js';
import type { Policy } from '../src/core/contracts.js';
import { hashTaskQueue, type MemoryClassMB } from '../src/core/memory-classes.js';
import { hashRange, readingOptions } from './activity-proxies.js';
import type { ClassInUse } from './class-in-use.js';
import { runInClass } from './run-in-class.js';

/**
 * Hashes one range in the job's memory class, or in the one that takes its place. Six history events; a move adds
 * thirteen.
 *
 * @param title what the Web UI's timeline shows, by class
 */
export async function runRange(
  policy: Policy,
  memory: ClassInUse,
  input: Omit<HashRangeInput, 'worker' | 'progress'>,
  title: (memoryMB: MemoryClassMB) => string,
): Promise<HashRangeResult> {
  const { result, earlierAttempts } = await runInClass(policy, memory, (attempt) => {
    const { memoryMB, startWithinMs, worker, progress } = attempt;
    const options = readingOptions(policy, {
      taskQueue: hashTaskQueue(memoryMB, policy.taskQueuePrefix),
      rangeBytes: input.endByteExclusive - input.startByte,
      summary: title(memoryMB),
      startWithinMs,
    });
    return hashRange.executeWithOptions(options, [
      { ...input, worker, ...(progress === undefined ? {} : { progress }) },
    ]);
  });
  return {
    ...result,
    stats: { ...result.stats, attempts: result.stats.attempts + earlierAttempts },
  };
}
