import { hashTaskQueue, MEMORY_CLASSES_MB, smallTaskQueue } from '../src/core/memory-classes.js';
import type { TaskQueues } from '../src/core/ports.js';
import type { FindServedClassesInput, FindServedClassesResult } from './activity-contracts.js';

/** A worker with a free slot polls at least once a minute. */
const POLLED_LATELY_MS = 90_000;

/**
 * Finds out which memory classes have workers: those of whose two task queues one was polled in the last 90 s. A worker
 * whose range slots are all taken still polls for small objects; one that is out of memory does not, and does not count.
 *
 * Retry-safe: it only reads.
 */
export async function findServedClasses(
  queues: TaskQueues,
  { taskQueuePrefix }: FindServedClassesInput,
): Promise<FindServedClassesResult> {
  const since = Date.now() - POLLED_LATELY_MS;
  const isServed = await Promise.all(
    MEMORY_CLASSES_MB.map(async (memoryMB) => {
      const names = [hashTaskQueue(memoryMB, taskQueuePrefix), smallTaskQueue(memoryMB, taskQueuePrefix)];
      const polled = await Promise.all(names.map((name) => queues.lastPolledAtMs(name)));
      return polled.some((atMs) => atMs !== undefined && atMs >= since);
    }),
  );
  return { servedMemoryClassesMB: MEMORY_CLASSES_MB.filter((_, index) => isServed[index]) };
}
