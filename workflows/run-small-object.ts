import type { HashSmallObjectInput, HashSmallObjectResult } from '../activities/index.js';
import type { Policy } from '../src/core/contracts.js';
import { smallTaskQueue } from '../src/core/memory-classes.js';
import { hashSmallObject, readingOptions } from './activity-proxies.js';
import type { ClassInUse } from './class-in-use.js';
import { runInClass } from './run-in-class.js';

/** Hashes an object of one chunk or less in the job's memory class, or in the one that takes its place. */
export async function runSmallObject(
  policy: Policy,
  memory: ClassInUse,
  input: Omit<HashSmallObjectInput, 'worker' | 'progress'>,
  sizeBytes: number,
): Promise<HashSmallObjectResult> {
  const { result, earlierAttempts } = await runInClass(policy, memory, (attempt) => {
    const { memoryMB, startWithinMs, worker, progress } = attempt;
    const options = readingOptions(policy, {
      taskQueue: smallTaskQueue(memoryMB, policy.taskQueuePrefix),
      rangeBytes: sizeBytes,
      summary: `whole object · ${String(memoryMB)} MB`,
      startWithinMs,
    });
    return hashSmallObject.executeWithOptions(options, [
      { ...input, worker, ...(progress === undefined ? {} : { progress }) },
    ]);
  });
  return {
    ...result,
    stats: { ...result.stats, attempts: result.stats.attempts + earlierAttempts },
  };
}
